"""The model card: what the stand-in is, how it was made and what it reaches, from measured values only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata

from benchbench.catalog.formulas.rooms_drawing import SIZE, VERSION
from training import plateau
from training.depth.model import MEAN, STD
from training.depth.recipe import Recipe
from training.detr.checkpoint import Progress

MOST_ABS_REL, LEAST_DELTA1 = 0.13, 0.82


class Plateau(plateau.Plateau):
    """The end of this recipe again."""

    metric, limit, sign = "AbsRel", 0.005, -1


@dataclass(frozen=True)
class Shipped:
    """What is on the disk: its scores, parameters and bytes."""

    scores: dict[str, float]
    parameters: int
    size: int


def card(recipe: Recipe, progress: Progress, shipped: Shipped, plateaus: Sequence[Plateau]) -> str:
    """The page in Markdown."""
    return "\n\n".join(
        [
            "# Stand-in Depth Anything",
            _model(recipe, progress, shipped),
            "## Accuracy",
            _accuracy(recipe, shipped.scores),
            "## Input and output",
            f"{SIZE} px, divided by 255, normalised with mean {MEAN} and deviation {STD}. The output is relative "
            "disparity: larger is nearer, scale and shift are free.",
            "## Training",
            "Command: `python -m training.depth.train --work FOLDER`, then "
            "`python -m training.depth.ship --work FOLDER --plateau`.",
            _training(progress, plateaus),
            "Recipe:",
            "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items()) + "\n",
        ]
    )


def _model(recipe: Recipe, progress: Progress, shipped: Shipped) -> str:
    early = f"EARLY CHECKPOINT: step {progress.step} of {recipe.steps}."
    state = "The run is complete." if progress.step == recipe.steps else early
    return (
        f"`DepthAnythingForDepthEstimation` of transformers with {recipe.layers} encoder layers of {recipe.width} "
        f"channels and {recipe.heads} heads, trained by `training/depth` on the generated data set `rooms` (drawing "
        f"version {VERSION}). {state}\n\n"
        f"{shipped.parameters:,} parameters; model.safetensors: {shipped.size:,} bytes (float16)."
    )


def _accuracy(recipe: Recipe, scores: dict[str, float]) -> str:
    good = scores["AbsRel"] <= MOST_ABS_REL and scores["delta1"] >= LEAST_DELTA1
    reached = "are reached" if good else "are NOT reached"
    return (
        f"Mean over {recipe.held_out} held-out rooms (seed {recipe.held_out_seed}), scale and shift fitted in "
        "disparity by least squares, of the stored float16 weights computed in float32: "
        f"AbsRel {scores['AbsRel']:.4f}, δ1 {scores['delta1']:.4f}. "
        f"The targets of AbsRel <= {MOST_ABS_REL} and δ1 >= {LEAST_DELTA1} {reached}."
    )


def _training(progress: Progress, plateaus: Sequence[Plateau]) -> str:
    facts = [
        f"steps: {progress.step:,}; no room is drawn twice",
        f"processor time of one thread, evaluations left out: {progress.seconds / 60:.1f} minutes",
        f"versions: torch {metadata.version('torch')}, transformers {metadata.version('transformers')}",
        *(f"the end again: {plateau}" for plateau in plateaus),
    ]
    return "\n".join(f"- {fact}" for fact in facts)
