"""Trains the stand-in: `python -m training.depth.train --work FOLDER`; run it again to go on where it stopped."""

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from training.depth import data, evaluation
from training.depth.loss import depth_loss
from training.depth.model import normalised, trainable
from training.depth.recipe import Recipe
from training.detr import checkpoint
from training.detr.checkpoint import Progress

PHASE = "depth"
COLUMNS = ("step", "images", "loss", *evaluation.METRICS, "cpu_seconds")


class Run:
    """One training run in a folder: its model, checkpoint and log."""

    def __init__(self, recipe: Recipe, work: Path) -> None:
        self.recipe, self.work = recipe, work
        self.model = trainable(recipe)
        self.optimiser = AdamW(self.model.parameters(), weight_decay=recipe.weight_decay, fused=True)
        self.held_out = evaluation.held_out(recipe)
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
            group["lr"] = recipe.learning_rate(step)
        images, depths = data.batch(recipe.seed, step, recipe.batch)
        loss = depth_loss(self.model(pixel_values=normalised(images)).predicted_depth, depths, recipe.anchor)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimiser.step()
        seconds = self.progress.seconds + time.process_time() - started
        self.progress = replace(self.progress, step=step + 1, seconds=seconds)
        return loss.item()

    def _report(self, loss: float) -> None:
        scores = evaluation.depth_errors(self.model, self.held_out)
        row = [self.progress.step, self.progress.step * self.recipe.batch, f"{loss:.4f}"]
        row += [f"{scores[name]:.4f}" for name in evaluation.METRICS]
        row += [f"{self.progress.seconds:.0f}"]
        path = self.work / "training_log.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, row] if fresh else [row])
        print(*row, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a run in it is continued")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    Run(Recipe(), arguments.work).finish()


if __name__ == "__main__":
    main()
