"""The model card: what the stand-in is, how it was made and what it reaches, from measured values only."""

import re
from dataclasses import asdict, dataclass
from importlib import metadata

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES, SIZE, VERSION
from benchbench.measure.cards import Card
from training import plateau
from training.detr.checkpoint import Progress
from training.detr.data import MEAN, STD
from training.detr.evaluation import METRICS
from training.detr.recipe import Recipe

LEAST_AP = 0.45


class Plateau(plateau.Plateau):
    """The end of this recipe again."""

    metric, limit = "AP", 0.01


@dataclass(frozen=True)
class Shipped:
    """What is on the disk: its scores, parameters and bytes, and SHA-256 of the pictures behind both."""

    scores: dict[str, float]
    parameters: int
    size: int
    training_data: str
    held_out_data: str


def card(recipe: Recipe, progress: Progress, shipped: Shipped, plateaus: list[Plateau]) -> str:
    return "\n\n".join(
        [
            "# Stand-in DETR",
            _model(recipe, progress, shipped),
            "## Accuracy",
            _accuracy(recipe, shipped.scores),
            "## Input and output",
            _interface(recipe),
            "## Training",
            "Command: `python -m training.detr.train --work FOLDER`, then "
            "`python -m training.detr.ship --work FOLDER --plateau`.",
            _training(progress, shipped, plateaus),
            "Recipe:",
            "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items()) + "\n",
        ]
    )


def last_phase(page: str, trained: Card, scores: dict[str, float], size: int) -> str:
    """The card of the phases before with the last one told, and the scores and bytes of what is stored after it."""
    before = next(line for line in page.splitlines() if line.startswith("| 0."))
    course, settings = trained.course, ", ".join(f"{name} {value}" for name, value in trained.recipe.items())
    told = (
        "## The last phase\n\n"
        "Command: `benchbench run training/detr/last_phase.yaml --recover`, then "
        "`python -m training.detr.last_phase`.\n\n"
        f"- {course.steps:,} steps of {course.images // course.steps} images, {course.seconds / 60:.1f} minutes by the "
        "clock on one thread\n"
        f"- settings of `finetune`: {settings}\n"
        f"- AP before: {before.split('|')[1].strip()}; the table above is of the weights after it\n\n"
    )
    page = page.replace(before, f"| {' | '.join(f'{scores[name]:.3f}' for name in METRICS)} |")
    page = re.sub(r"safetensors: [\d,]+ bytes", f"safetensors: {size:,} bytes", page)
    return page.replace("Recipe:\n", f"{told}Recipe of the phases before:\n", 1)


def _model(recipe: Recipe, progress: Progress, shipped: Shipped) -> str:
    early = f"EARLY CHECKPOINT: step {progress.step} of {recipe.steps}."
    state = "The run is complete." if progress.step == recipe.steps else early
    return (
        f"`DetrForObjectDetection` of transformers with a bottleneck ResNet of {len(recipe.widths)} stages, "
        f"{recipe.layers} encoder and {recipe.layers} decoder layers and {recipe.heads} heads, trained by "
        f"`training/detr` on the generated data set `shapes` (drawing version {VERSION}). {state}\n\n"
        f"{shipped.parameters:,} parameters; model.safetensors: {shipped.size:,} bytes (float16, batch norms frozen)."
    )


def _accuracy(recipe: Recipe, scores: dict[str, float]) -> str:
    reached = "is reached" if scores["AP"] >= LEAST_AP else "is NOT reached"
    return (
        f"COCO's box metrics on {recipe.held_out} held-out pictures (seed {recipe.held_out_seed}, {SIZE} px, boxes at "
        f"that size), of the stored float16 weights computed in float32. All {recipe.queries} queries count: no "
        "threshold, softmax over all columns, the best category that is not no-object. "
        f"The target of AP >= {LEAST_AP} {reached}.\n\n"
        f"| {' | '.join(METRICS)} |\n|{'---|' * len(METRICS)}\n"
        f"| {' | '.join(f'{scores[name]:.3f}' for name in METRICS)} |"
    )


def _interface(recipe: Recipe) -> str:
    labels = "\n".join(f"| {k} | {k + 1} | {name} |" for k, name in enumerate(CATEGORIES))
    return (
        f"Shorter side resized to {recipe.side} px with Pillow's bilinear filter, divided by 255, normalised with mean "
        f"{MEAN} and deviation {STD}.\n\n| label | category id | name |\n|---|---|---|\n{labels}\n"
        f"| {len(CATEGORIES)} | | no object |"
    )


def _training(progress: Progress, shipped: Shipped, plateaus: list[Plateau]) -> str:
    facts = [
        f"steps of the second phase: {progress.step:,}",
        f"processor time of one thread, evaluations left out: {progress.seconds / 60:.1f} minutes",
        f"versions: torch {metadata.version('torch')}, transformers {metadata.version('transformers')}",
        f"training pictures, SHA-256: {shipped.training_data}",
        f"held-out pictures, SHA-256: {shipped.held_out_data}",
        *(f"the same again: {plateau}" for plateau in plateaus),
    ]
    return "\n".join(f"- {fact}" for fact in facts)
