"""Exports a run, measures what was exported and writes its card: `python -m training.depth.ship --work FOLDER`.

With --plateau it also repeats the end of the recipe from the trained weights, to show that nothing is left to gain.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image
from transformers import DepthAnythingForDepthEstimation

from benchbench.catalog.formulas.rooms_drawing import SIZE
from training import preprocessing
from training.depth import evaluation
from training.depth.card import Plateau, Shipped, card
from training.depth.model import MEAN, STD, config, trainable
from training.depth.recipe import Recipe
from training.depth.train import PHASE, Run
from training.detr import checkpoint
from training.detr.checkpoint import Progress

SHIPPED = Path(__file__).parents[2] / "benchbench" / "stand_ins" / "depth_anything"
REPEATED_SHARE = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=SHIPPED)
    parser.add_argument("--plateau", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ship(Recipe(), arguments.work, arguments.into, arguments.plateau)


def ship(recipe: Recipe, work: Path, into: Path, with_plateau: bool) -> Shipped:
    """Everything that goes into the package."""
    model = trainable(recipe)
    progress = checkpoint.load(work / "checkpoint.pt", model, None, PHASE)
    export(model, recipe, into)
    shutil.copyfile(work / "training_log.csv", into / "training_log.csv")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    shipped = Shipped(scores_of(into, recipe), parameters, (into / "model.safetensors").stat().st_size)
    plateaus = [repeated(recipe, work, shipped.scores["AbsRel"])] if with_plateau else []
    (into / "card.md").write_text(card(recipe, progress, shipped, plateaus), encoding="utf-8")
    print(shipped.scores, *plateaus, flush=True)
    return shipped


def export(model: DepthAnythingForDepthEstimation, recipe: Recipe, folder: Path) -> None:
    """Writes config.json and model.safetensors (float16) as from_pretrained reads them."""
    shipped = DepthAnythingForDepthEstimation(config(recipe))
    shipped.load_state_dict(model.state_dict())
    shipped.half().save_pretrained(folder)
    size, fit = {"height": SIZE, "width": SIZE}, {"ensure_multiple_of": recipe.patch, "keep_aspect_ratio": True}
    bicubic = int(Image.Resampling.BICUBIC)
    preprocessing.write(folder, "DPTImageProcessor", size, bicubic, (MEAN, STD), **fit)


def scores_of(folder: Path, recipe: Recipe) -> dict[str, float]:
    """Of the stored float16 weights, loaded as float32."""
    model = DepthAnythingForDepthEstimation.from_pretrained(folder, dtype=torch.float32)
    return evaluation.depth_errors(model, evaluation.held_out(recipe))


def repeated(recipe: Recipe, work: Path, before: float) -> Plateau:
    """Trains on with new rooms at the learning rate of the recipe's last tenth, and measures the export."""
    steps = max(1, round(REPEATED_SHARE * recipe.steps))
    rate = recipe.learning_rate(recipe.steps - steps)
    again = replace(recipe, seed=recipe.seed + 2, steps=steps, rate=rate, warm_up=1)
    folder = work / "plateau"
    run = Run(again, folder)
    if not run.kept.exists():
        checkpoint.load(work / "checkpoint.pt", run.model, None, PHASE)
        run.progress = Progress(PHASE)
    run.finish()
    export(run.model, recipe, folder / "export")
    return Plateau(steps, rate, before, scores_of(folder / "export", recipe)["AbsRel"])


if __name__ == "__main__":
    main()
