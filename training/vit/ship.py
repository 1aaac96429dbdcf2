"""Exports a run and writes its card: `python -m training.vit.ship --size ti --work FOLDER --plateau`.

With --plateau it also repeats the end of the recipe from the trained weights, to show that nothing is left to gain.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image
from transformers import ViTForImageClassification

from training import preprocessing
from training.detr import checkpoint
from training.detr.checkpoint import Progress
from training.vit.card import Plateau, Shipped, card
from training.vit.model import config, model
from training.vit.recipe import SIZES, Recipe
from training.vit.train import PHASE, Run, both, scores

SHIPPED = Path(__file__).parents[2] / "benchbench" / "stand_ins" / "vit"
REPEATED_SHARE = 0.1
HALF = (0.5, 0.5, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="where the pictures are kept (default: WORK/data)")
    parser.add_argument("--into", type=Path, default=SHIPPED)
    parser.add_argument("--plateau", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kept = arguments.data or arguments.work / "data"
    ship(Recipe(), arguments.size, arguments.work, kept, arguments.into / arguments.size, arguments.plateau)


def ship(recipe: Recipe, size: str, work: Path, kept: Path, into: Path, with_plateau: bool) -> None:
    """Everything that goes into the package."""
    trained = model(recipe, SIZES[size])
    progress = checkpoint.load(work / "checkpoint.pt", trained, None, PHASE)
    export(trained, recipe, size, into)
    shutil.copyfile(work / "training_log.csv", into / "training_log.csv")
    held_out = both(recipe, kept)[1]
    _, top1, top5 = scores(ViTForImageClassification.from_pretrained(into, dtype=torch.float32), held_out)
    parameters = sum(parameter.numel() for parameter in trained.parameters())
    shipped = Shipped(size, top1, top5, parameters, (into / "model.safetensors").stat().st_size)
    plateaus = [repeated(recipe, size, work, kept, top1)] if with_plateau else []
    (into / "card.md").write_text(card(recipe, progress, shipped, plateaus), encoding="utf-8")
    print(shipped, *plateaus, flush=True)


def export(trained: ViTForImageClassification, recipe: Recipe, size: str, folder: Path) -> None:
    """Writes config.json and model.safetensors (float16) as from_pretrained reads them."""
    shipped = ViTForImageClassification(config(recipe, SIZES[size]))
    shipped.load_state_dict(trained.state_dict())
    shipped.half().save_pretrained(folder)
    side, bicubic = {"height": recipe.side, "width": recipe.side}, int(Image.Resampling.BICUBIC)
    preprocessing.write(folder, "ViTImageProcessor", side, bicubic, (HALF, HALF))


def repeated(recipe: Recipe, size: str, work: Path, kept: Path, before: float) -> Plateau:
    """Trains on with new batches at the learning rate of the recipe's last tenth."""
    steps = max(1, round(REPEATED_SHARE * recipe.steps))
    rate = recipe.learning_rate(recipe.steps - steps, SIZES[size].rate)
    again = replace(recipe, seed=recipe.seed + 1, steps=steps, warm_up=1)
    run = Run(again, replace(SIZES[size], rate=rate), work / "plateau", *both(recipe, kept))
    if not run.kept.exists():
        checkpoint.load(work / "checkpoint.pt", run.model, None, PHASE)
        run.progress = Progress(PHASE)
    run.finish()
    return Plateau(steps, rate, before, scores(run.model, run.held_out)[1])


if __name__ == "__main__":
    main()
