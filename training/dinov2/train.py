"""Pre-trains the encoder: `python -m training.dinov2.train --work FOLDER`; run it again to go on where it stopped."""

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from benchbench.catalog.formulas.rooms_drawing import SIZE
from training.depth.recipe import Recipe as Architecture
from training.detr import checkpoint, data
from training.detr.checkpoint import Progress
from training.dinov2.model import PatchClassifier, patch_labels
from training.dinov2.recipe import Recipe

PHASE = "patches"
COLUMNS = ("step", "images", "loss", "held_out_loss", "patch_accuracy", "cpu_seconds")
PATCHES = SIZE // Architecture().patch


class Run:
    """One training run in a folder: its model, checkpoint and log."""

    def __init__(self, recipe: Recipe, work: Path, pictures: data.Pictures, held_out: data.Pictures) -> None:
        self.recipe, self.work, self.pictures, self.held_out = recipe, work, pictures, held_out
        self.model = PatchClassifier(recipe)
        self.optimiser = AdamW(self.model.parameters(), weight_decay=recipe.weight_decay, fused=True)
        self.progress = Progress(PHASE)
        work.mkdir(parents=True, exist_ok=True)

    @property
    def kept(self) -> Path:
        return self.work / "checkpoint.pt"

    def finish(self) -> None:
        """To the last step, from wherever the checkpoint stands."""
        if self.kept.exists():
            self.progress = checkpoint.load(self.kept, self.model, self.optimiser, PHASE)
        recent: list[float] = []
        while self.progress.step < self.recipe.steps:
            recent.append(self._step())
            if self._due(self.recipe.evaluate_every):
                self._report(sum(recent) / len(recent))
                recent.clear()
            if self._due(self.recipe.save_every):
                checkpoint.save(self.kept, self.model, self.optimiser, self.progress)

    def _due(self, every: int) -> bool:
        return self.progress.step % every == 0 or self.progress.step == self.recipe.steps

    def _step(self) -> float:
        started, recipe, step = time.process_time(), self.recipe, self.progress.step
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.learning_rate(step)
        images, targets = data.batch(self.pictures, seed=recipe.seed, step=step, size=recipe.batch)
        loss = binary_cross_entropy_with_logits(self.model(images), patch_labels(targets, PATCHES))
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimiser.step()
        seconds = self.progress.seconds + time.process_time() - started
        self.progress = replace(self.progress, step=step + 1, seconds=seconds)
        return loss.item()

    def _report(self, loss: float) -> None:
        held_out_loss, accuracy = scores(self.model, self.held_out)
        row = [self.progress.step, self.progress.step * self.recipe.batch, f"{loss:.4f}"]
        row += [f"{held_out_loss:.4f}", f"{accuracy:.4f}", f"{self.progress.seconds:.0f}"]
        path = self.work / "training_log.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, row] if fresh else [row])
        print(*row, flush=True)


@torch.inference_mode()
def scores(model: PatchClassifier, held_out: data.Pictures) -> tuple[float, float]:
    """Loss, and the share of covered patches that are told to show just the right categories."""
    model.eval()
    wanted = patch_labels(held_out.targets, PATCHES)
    parts: list[Tensor] = [model(data.normalised(images)) for images in torch.split(held_out.images, 50)]
    model.train()
    logits = torch.cat(parts)
    covered = wanted.sum(2) > 0
    right = ((logits > 0) == (wanted > 0.5)).all(2)
    return float(binary_cross_entropy_with_logits(logits, wanted)), float(right[covered].float().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint, log and pictures; a run is continued")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe()
    kept = arguments.work / "data"
    pictures = data.training_set(kept, seed=recipe.seed, count=recipe.images, side=SIZE)
    held_out = data.training_set(kept, seed=recipe.held_out_seed, count=recipe.held_out, side=SIZE)
    Run(recipe, arguments.work, pictures, held_out).finish()


if __name__ == "__main__":
    main()
