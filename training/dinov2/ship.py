"""Exports a run's encoder and writes its card: `python -m training.dinov2.ship --work FOLDER`."""

import argparse
import shutil
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import torch
from transformers import Dinov2Model

from benchbench.catalog.formulas.rooms_drawing import SIZE
from benchbench.catalog.formulas.shapes_drawing import VERSION
from training.detr import checkpoint, data
from training.detr.checkpoint import Progress
from training.dinov2.model import PatchClassifier
from training.dinov2.recipe import Recipe
from training.dinov2.train import PHASE, scores

SHIPPED = Path(__file__).parents[2] / "benchbench" / "stand_ins" / "dinov2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ship(Recipe(), arguments.work, arguments.into)


def ship(recipe: Recipe, work: Path, into: Path) -> None:
    """The encoder alone goes into the package: the classifier was only there to teach it."""
    model = PatchClassifier(recipe)
    progress = checkpoint.load(work / "checkpoint.pt", model, None, PHASE)
    shipped = Dinov2Model(model.encoder.config)
    shipped.load_state_dict(model.encoder.state_dict())
    shipped.half().save_pretrained(into)
    model.encoder.load_state_dict(shipped.float().state_dict())
    shutil.copyfile(work / "training_log.csv", into / "training_log.csv")
    held_out = data.training_set(work / "data", seed=recipe.held_out_seed, count=recipe.held_out, side=SIZE)
    size = (into / "model.safetensors").stat().st_size
    text = card(recipe, progress, scores(model, held_out), size)
    (into / "card.md").write_text(text, encoding="utf-8")
    print(text)


def card(recipe: Recipe, progress: Progress, scored: tuple[float, float], size: int) -> str:
    """The page in Markdown, from measured values only."""
    facts = [
        f"steps: {progress.step:,} of {recipe.steps:,}",
        f"processor time of one thread, evaluations left out: {progress.seconds / 60:.1f} minutes",
        f"versions: torch {metadata.version('torch')}, transformers {metadata.version('transformers')}",
        f"on {recipe.held_out} held-out pictures (seed {recipe.held_out_seed}), float16 weights computed in float32: "
        f"loss {scored[0]:.4f}, {scored[1]:.1%} of the covered patches told rightly",
        f"model.safetensors: {size:,} bytes (float16)",
    ]
    return (
        "# Stand-in DINOv2\n\n"
        "`Dinov2Model` of transformers, the encoder alone. It was pre-trained by `training/dinov2` to tell for every "
        f"patch which categories of the generated data set `shapes` (drawing version {VERSION}, {SIZE} px) cover it: "
        "another task on other pictures than the depth for which suites train it on, so that a frozen encoder has "
        "something to lose.\n\n"
        "Command: `python -m training.dinov2.train --work FOLDER`, then `python -m training.dinov2.ship --work FOLDER`."
        "\n\n"
        + "\n".join(f"- {fact}" for fact in facts)
        + "\n\nRecipe:\n\n"
        + "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items())
        + "\n"
    )


if __name__ == "__main__":
    main()
