"""Trains a size: `python -m training.vit.train --size ti --work FOLDER`; run it again to go on where it stopped."""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import ViTForImageClassification

from training.single_phase import SinglePhase
from training.vit import data
from training.vit.model import model
from training.vit.recipe import SIZES, Recipe, Size

PHASE = "classes"
METRICS = ("held_out_loss", "top1", "top5")


class Run(SinglePhase[ViTForImageClassification]):
    """One training run in a folder: its model, checkpoint and log."""

    phase, columns = PHASE, METRICS

    def __init__(self, recipe: Recipe, size: Size, work: Path, known: data.Pictures, held_out: data.Pictures) -> None:
        super().__init__(recipe, work, model(recipe, size))
        self.recipe, self.size, self.known, self.held_out = recipe, size, known, held_out

    def rate(self, step: int) -> float:
        return self.recipe.learning_rate(step, self.size.rate)

    def loss(self, step: int) -> Tensor:
        images, labels = data.batch(self.known, seed=self.recipe.seed, step=step, size=self.recipe.batch)
        return cross_entropy(self.model(pixel_values=images).logits, labels)

    def scores(self) -> tuple[float, float, float]:
        return scores(self.model, self.held_out)


@torch.inference_mode()
def scores(model: ViTForImageClassification, held_out: data.Pictures) -> tuple[float, float, float]:
    """Loss, top-1 and top-5 on pictures that it has not seen."""
    model.eval()
    parts = [model(pixel_values=data.normalised(images)).logits for images in torch.split(held_out.images, 250)]
    model.train()
    logits, labels = torch.cat(parts), held_out.labels
    right = logits.topk(5).indices == labels[:, None]
    return float(cross_entropy(logits, labels)), float(right[:, 0].float().mean()), float(right.any(1).float().mean())


def both(recipe: Recipe, kept: Path) -> tuple[data.Pictures, data.Pictures]:
    """The pictures to learn from, and those held out."""
    known = data.pictures(kept, seed=recipe.seed, count=recipe.images, side=recipe.side)
    return known, data.pictures(kept, seed=recipe.held_out_seed, count=recipe.held_out, side=recipe.side)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--work", type=Path, required=True, help="checkpoint and log; a run in it is continued")
    parser.add_argument("--data", type=Path, help="where the pictures are kept (default: WORK/data)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe()
    known, held_out = both(recipe, arguments.data or arguments.work / "data")
    Run(recipe, SIZES[arguments.size], arguments.work, known, held_out).finish()


if __name__ == "__main__":
    main()
