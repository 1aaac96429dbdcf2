"""Exports a run, measures what was exported and writes its card: `python -m training.detr.ship --work FOLDER`.

With --plateau it also repeats the end of the recipe from the trained weights, to show that nothing is left to gain.
"""

import argparse
import hashlib
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from transformers import DetrForObjectDetection

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES, VERSION
from training.detr import checkpoint, data, evaluation
from training.detr.checkpoint import Progress
from training.detr.model import export, trainable
from training.detr.recipe import Recipe
from training.detr.train import Run, rate_at

SHIPPED = Path(__file__).parents[2] / "benchbench" / "stand_ins" / "detr"
LEAST_AP = 0.45
MOST_PLATEAU_GAIN = 0.01
REPEATED_SHARE = 0.1

Scores = dict[str, float]


@dataclass(frozen=True)
class Plateau:
    """The same training again for a while: its length, its first learning rate and the AP before and after."""

    steps: int
    rate: float
    before: float
    after: float


def scores_of(folder: Path, held_out: evaluation.HeldOut) -> Scores:
    """Of the stored float16 weights, loaded as float32."""
    model = DetrForObjectDetection.from_pretrained(folder, dtype=torch.float32)
    return evaluation.average_precision(model, held_out)


def repeated(
    recipe: Recipe, work: Path, pictures: data.Pictures, held_out: evaluation.HeldOut, before: float
) -> Plateau:
    """Trains on with new batches at the learning rate of the recipe's last tenth, and measures the export."""
    steps = round(REPEATED_SHARE * recipe.steps)
    rate = rate_at(recipe.steps - steps, recipe.steps, recipe.rate, recipe.warm_up)
    again = replace(recipe, seed=recipe.seed + 2, steps=steps, rate=rate, dense_share=0.0, evaluate_every=steps)
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


def card(recipe: Recipe, progress: Progress, scores: Scores, size: tuple[int, int], facts: dict[str, str]) -> str:
    """The model card in Markdown: what it is, how it was made, what it reaches."""
    parameters, size_bytes = size
    done = progress.step == recipe.steps
    table = " | ".join(f"{scores[name]:.3f}" for name in evaluation.METRICS)
    settings = "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items())
    names = ", ".join(f"{k} {name} (category id {k + 1})" for k, name in enumerate(CATEGORIES))
    reached = f"The target of AP >= {LEAST_AP} is {'reached' if scores['AP'] >= LEAST_AP else 'NOT reached'}."
    state = "The run is complete." if done else f"EARLY CHECKPOINT: step {progress.step} of {recipe.steps}."
    extra = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    return f"""# Stand-in DETR

`DetrForObjectDetection` of transformers with a bottleneck ResNet, {recipe.layers} encoder and {recipe.layers} decoder
layers and {recipe.heads} heads, trained by `training/detr` on the generated data set `shapes` (drawing version
{VERSION}). {state}

{parameters:,} parameters; model.safetensors has {size_bytes:,} bytes (float16, batch norms frozen).

## Accuracy

COCO bounding box metrics on {recipe.held_out} held-out pictures (seed {recipe.held_out_seed}, 320 px, boxes at that
size), of the stored float16 weights computed in float32; all {recipe.queries} queries, no threshold, softmax over all
columns, best category that is not no-object. {reached}

| {" | ".join(evaluation.METRICS)} |
|{"---|" * len(evaluation.METRICS)}
| {table} |

## Input and output

- shorter side resized to {recipe.side} px with Pillow's bilinear filter, divided by 255, then normalised with mean
  {data.MEAN} and deviation {data.STD}
- label: {names}; the last logit is no-object

## Training

Command: `python -m training.detr.train --work FOLDER`, then `python -m training.detr.ship --work FOLDER --plateau`.

{extra}

Recipe:

{settings}
"""


def facts_of(progress: Progress, prints: dict[str, str], plateau: Plateau | None) -> dict[str, str]:
    facts = {
        "steps of the second phase": f"{progress.step:,}",
        "processor time": f"{progress.seconds / 60:.1f} minutes of one thread, evaluations left out",
        **prints,
    }
    if plateau:
        gain = plateau.after - plateau.before
        verdict = "a plateau" if gain < MOST_PLATEAU_GAIN else "NOT a plateau"
        facts["the same again"] = (
            f"{plateau.steps:,} more steps from a learning rate of {plateau.rate:.2e}: AP {plateau.before:.4f} to "
            f"{plateau.after:.4f}, {gain:+.4f}: {verdict} (limit {MOST_PLATEAU_GAIN})"
        )
    return facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="where the training pictures are kept (default: WORK/data)")
    parser.add_argument("--into", type=Path, default=SHIPPED)
    parser.add_argument("--plateau", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ship(Recipe(), arguments.work, arguments.data or arguments.work / "data", arguments.into, arguments.plateau)


def ship(recipe: Recipe, work: Path, kept: Path, into: Path, with_plateau: bool) -> Scores:
    """Everything that goes into the package; returns the scores of the exported weights."""
    model = trainable(recipe)
    progress = checkpoint.load(work / "checkpoint.pt", model, None, "set")
    export(model, recipe, into)
    shutil.copyfile(work / "training_log.csv", into / "training_log.csv")
    held_out = evaluation.held_out(recipe.held_out_seed, recipe.held_out, recipe.side)
    pictures = data.training_set(kept, seed=recipe.seed, count=recipe.images, side=recipe.side)
    scores = scores_of(into, held_out)
    plateau = repeated(recipe, work, pictures, held_out, scores["AP"]) if with_plateau else None
    prints = {
        "training pictures, SHA-256": fingerprint([pictures.images, pictures.targets.boxes, pictures.targets.labels]),
        "held-out pictures, SHA-256": fingerprint([held_out.images]),
    }
    size = (sum(p.numel() for p in model.parameters()), (into / "model.safetensors").stat().st_size)
    text = card(recipe, progress, scores, size, facts_of(progress, prints, plateau))
    (into / "card.md").write_text(text, encoding="utf-8")
    print(scores, plateau, flush=True)
    return scores


if __name__ == "__main__":
    main()
