"""The model card of a size: how it was made and what it reaches, from measured values only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata

from benchbench.catalog.formulas.glyphs_drawing import CLASSES, VERSION
from training import plateau
from training.detr.checkpoint import Progress
from training.vit.recipe import SIZES, Recipe


class Plateau(plateau.Plateau):
    """The end of this recipe again."""

    metric, limit = "top-1", 0.01


@dataclass(frozen=True)
class Shipped:
    """What is on the disk: its size's name, scores, parameters and bytes."""

    name: str
    top1: float
    top5: float
    parameters: int
    size: int


def card(recipe: Recipe, progress: Progress, shipped: Shipped, plateaus: Sequence[Plateau]) -> str:
    """The page in Markdown."""
    size = SIZES[shipped.name]
    early = f"EARLY CHECKPOINT: step {progress.step} of {recipe.steps}."
    state = "The run is complete." if progress.step == recipe.steps else early
    facts = [
        f"steps: {progress.step:,} of {recipe.steps:,}",
        f"processor time of one thread, evaluations left out: {progress.seconds / 60:.1f} minutes",
        f"versions: torch {metadata.version('torch')}, transformers {metadata.version('transformers')}",
        *(f"the same again: {plateau}" for plateau in plateaus),
        *(f"{name}: {value}" for name, value in {**asdict(recipe), **asdict(size)}.items()),
    ]
    return (
        f"# Stand-in ViT, size {shipped.name}\n\n"
        f"`ViTForImageClassification` of transformers with {recipe.layers} layers of {size.hidden} channels and "
        f"{size.heads} heads, trained by `training/vit` on the generated data set `glyphs` (drawing version {VERSION}, "
        f"{len(CLASSES)} letters). {state}\n\n"
        f"{shipped.parameters:,} parameters; model.safetensors: {shipped.size:,} bytes (float16).\n\n"
        f"On {recipe.held_out:,} held-out pictures (seed {recipe.held_out_seed}), of the stored float16 weights "
        f"computed in float32:\n\n| top-1 | top-5 |\n|---|---|\n| {shipped.top1:.4f} | {shipped.top5:.4f} |\n\n"
        f"Input: {recipe.side} x {recipe.side} pixels, bicubic with antialiasing, -1 to 1.\n\n"
        "Command: `python -m training.vit.train --size SIZE --work FOLDER`, then "
        "`python -m training.vit.ship --size SIZE --work FOLDER --plateau`.\n\n"
        + "\n".join(f"- {fact}" for fact in facts)
        + "\n"
    )
