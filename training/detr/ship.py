"""Exports a run, measures what was exported and writes its card: `python -m training.detr.ship --work FOLDER`.

With --plateau it also repeats the end of the recipe from the trained weights, to show that nothing is left to gain.
"""

import argparse
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from transformers import DetrForObjectDetection

from training.detr import checkpoint, data, evaluation
from training.detr.card import Plateau, Shipped, card
from training.detr.checkpoint import Progress
from training.detr.model import export, trainable
from training.detr.recipe import Recipe
from training.detr.train import Run

SHIPPED = Path(__file__).parents[2] / "benchbench" / "stand_ins" / "detr"
REPEATED_SHARE = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="where the training pictures are kept (default: WORK/data)")
    parser.add_argument("--into", type=Path, default=SHIPPED)
    parser.add_argument("--plateau", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ship(Recipe(), arguments.work, arguments.data or arguments.work / "data", arguments.into, arguments.plateau)


def ship(recipe: Recipe, work: Path, kept: Path, into: Path, with_plateau: bool) -> Shipped:
    """Everything that goes into the package."""
    model = trainable(recipe)
    progress = checkpoint.load(work / "checkpoint.pt", model, None, "set")
    pictures = data.training_set(kept, seed=recipe.seed, count=recipe.images, side=recipe.side)
    held_out = evaluation.held_out(recipe.held_out_seed, recipe.held_out, recipe.side)
    export(model, recipe, into)
    shutil.copyfile(work / "training_log.csv", into / "training_log.csv")
    shipped = Shipped(
        scores=scores_of(into, held_out),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        size=(into / "model.safetensors").stat().st_size,
        training_data=fingerprint([pictures.images, pictures.targets.boxes, pictures.targets.labels]),
        held_out_data=fingerprint([held_out.images]),
    )
    before = shipped.scores["AP"]
    plateaus = [repeated(recipe, work, pictures, held_out, before)] if with_plateau else []
    (into / "card.md").write_text(card(recipe, progress, shipped, plateaus), encoding="utf-8")
    print(shipped.scores, *plateaus, flush=True)
    return shipped


def scores_of(folder: Path, held_out: evaluation.HeldOut) -> dict[str, float]:
    """Of the stored float16 weights, loaded as float32."""
    model = DetrForObjectDetection.from_pretrained(folder, dtype=torch.float32)
    return evaluation.average_precision(model, held_out)


def repeated(
    recipe: Recipe, work: Path, pictures: data.Pictures, held_out: evaluation.HeldOut, before: float
) -> Plateau:
    """Trains on with new batches at the learning rate of the recipe's last tenth, and measures the export."""
    steps = max(1, round(REPEATED_SHARE * recipe.steps))
    rate = recipe.set_schedule().rate(recipe.steps - steps)
    again = replace(recipe, seed=recipe.seed + 2, steps=steps, rate=rate, cool_from=0, token_loss_steps=0)
    folder = work / "plateau"
    run = Run(again, folder, pictures, held_out)
    if not run.kept.exists():
        checkpoint.load(work / "checkpoint.pt", run.model, None, "set")
        run.progress = Progress("set", 0, 0.0)
    run.finish()
    export(run.model, recipe, folder / "export")
    return Plateau(steps, rate, before, scores_of(folder / "export", held_out)["AP"])


def fingerprint(tensors: list[Tensor]) -> str:
    """SHA-256 over the bytes of the tensors, in order."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
