"""Pre-trains the encoder: `python -m training.dinov2.train --work FOLDER`; run it again to go on where it stopped."""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from benchbench.catalog.formulas.rooms_drawing import SIZE
from training.depth.recipe import Recipe as Architecture
from training.detr import data
from training.dinov2.model import PatchClassifier, patch_labels
from training.dinov2.recipe import Recipe
from training.single_phase import SinglePhase

PHASE = "patches"
PATCHES = SIZE // Architecture().patch


class Run(SinglePhase[PatchClassifier]):
    """One training run in a folder: its model, checkpoint and log."""

    phase, columns = PHASE, ("held_out_loss", "patch_accuracy")

    def __init__(self, recipe: Recipe, work: Path, pictures: data.Pictures, held_out: data.Pictures) -> None:
        super().__init__(recipe, work, PatchClassifier(recipe))
        self.recipe, self.pictures, self.held_out = recipe, pictures, held_out

    def rate(self, step: int) -> float:
        return self.recipe.learning_rate(step)

    def loss(self, step: int) -> Tensor:
        images, targets = data.batch(self.pictures, seed=self.recipe.seed, step=step, size=self.recipe.batch)
        return binary_cross_entropy_with_logits(self.model(images), patch_labels(targets, PATCHES))

    def scores(self) -> tuple[float, float]:
        return scores(self.model, self.held_out)


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
