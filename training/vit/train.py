"""Trains a size: `python -m training.vit.train --size ti --work FOLDER`; run it again to go on where it stopped."""

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from transformers import ViTForImageClassification

from training.detr import checkpoint
from training.detr.checkpoint import Progress
from training.vit import data
from training.vit.model import model
from training.vit.recipe import SIZES, Recipe, Size

PHASE = "classes"
COLUMNS = ("step", "images", "loss", "held_out_loss", "top1", "top5", "cpu_seconds")


class Run:
    """One training run in a folder: its model, checkpoint and log."""

    def __init__(self, recipe: Recipe, size: Size, work: Path, known: data.Pictures, held_out: data.Pictures) -> None:
        self.recipe, self.size, self.work, self.known, self.held_out = recipe, size, work, known, held_out
        self.model = model(recipe, size)
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
        self.model.train()
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
            group["lr"] = recipe.learning_rate(step, self.size.rate)
        images, labels = data.batch(self.known, seed=recipe.seed, step=step, size=recipe.batch)
        loss = cross_entropy(self.model(pixel_values=images).logits, labels)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimiser.step()
        seconds = self.progress.seconds + time.process_time() - started
        self.progress = replace(self.progress, step=step + 1, seconds=seconds)
        return loss.item()

    def _report(self, loss: float) -> None:
        found = scores(self.model, self.held_out)
        row = [self.progress.step, self.progress.step * self.recipe.batch, f"{loss:.4f}"]
        row += [*(f"{value:.4f}" for value in found), f"{self.progress.seconds:.0f}"]
        path = self.work / "training_log.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, row] if fresh else [row])
        print(*row, flush=True)


@torch.inference_mode()
def scores(model: ViTForImageClassification, held_out: data.Pictures) -> tuple[float, float, float]:
    """Loss, top-1 and top-5 on pictures that it has not seen."""
    model.eval()
    parts = [model(pixel_values=data.normalised(images)).logits for images in torch.split(held_out.images, 250)]
    model.train()
    logits, labels = torch.cat(parts), held_out.labels
    right = logits.topk(5).indices == labels[:, None]
    return float(cross_entropy(logits, labels)), float(right[:, 0].float().mean()), float(right.any(1).float().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a run in it is continued")
    parser.add_argument("--data", type=Path, help="where the pictures are kept (default: WORK/data)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe()
    kept = arguments.data or arguments.work / "data"
    known = data.pictures(kept, seed=recipe.seed, count=recipe.images, side=recipe.side)
    held_out = data.pictures(kept, seed=recipe.held_out_seed, count=recipe.held_out, side=recipe.side)
    Run(recipe, SIZES[arguments.size], arguments.work, known, held_out).finish()


if __name__ == "__main__":
    main()
