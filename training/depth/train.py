"""Trains the stand-in: `python -m training.depth.train --work FOLDER`; run it again to go on where it stopped."""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from transformers import DepthAnythingForDepthEstimation

from training.depth import data, evaluation
from training.depth.loss import depth_loss
from training.depth.model import normalised, trainable
from training.depth.recipe import Recipe
from training.single_phase import SinglePhase

PHASE = "depth"


class Run(SinglePhase[DepthAnythingForDepthEstimation]):
    """One training run in a folder: its model, checkpoint and log."""

    phase, columns = PHASE, evaluation.METRICS

    def __init__(self, recipe: Recipe, work: Path) -> None:
        super().__init__(recipe, work, trainable(recipe))
        self.recipe, self.held_out = recipe, evaluation.held_out(recipe)

    def rate(self, step: int) -> float:
        return self.recipe.learning_rate(step)

    def loss(self, step: int) -> Tensor:
        images, depths = data.batch(self.recipe.seed, step, self.recipe.batch)
        return depth_loss(self.model(pixel_values=normalised(images)).predicted_depth, depths, self.recipe.anchor)

    def scores(self) -> list[float]:
        found = evaluation.depth_errors(self.model, self.held_out)
        return [found[name] for name in evaluation.METRICS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a run in it is continued")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    Run(Recipe(), arguments.work).finish()


if __name__ == "__main__":
    main()
