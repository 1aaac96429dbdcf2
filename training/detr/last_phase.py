"""Ships the last phase: `python -m training.detr.last_phase --from FOLDER --records RECORDS`.

FOLDER holds the export of the phases before, RECORDS those of `benchbench run training/detr/last_phase.yaml --recover`.
"""

import argparse
import csv
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import DetrForObjectDetection

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families import FAMILIES
from benchbench.measure import Artifact, Artifacts
from training.detr import evaluation
from training.detr.card import last_phase
from training.detr.recipe import Recipe
from training.detr.ship import SHIPPED, scores_of
from training.detr.train import COLUMNS

PHASE = "last"
KEPT = ("preprocessor_config.json", "training_log.csv", "card.md")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="start", type=Path, required=True)
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ship(Recipe(), arguments.start, trained(arguments.start, arguments.records), arguments.into)


def trained(start: Path, records: Path) -> Artifact:
    """The longest training that began with these weights. Raises LookupError where there is none."""
    weights = FAMILIES["detr"].locate(str(start))
    assert isinstance(weights, Weights)
    known = Artifacts(records / "artifacts").cards()
    found = [artifact for artifact in known if artifact.card.parent == weights.fingerprint]
    if not found:
        raise LookupError(f"{records} holds no training of {start}")
    return max(found, key=lambda artifact: artifact.card.course.steps)


def ship(recipe: Recipe, start: Path, artifact: Artifact, into: Path) -> None:
    """The model, its log with another row, its card with the scores of what is stored now."""
    model = DetrForObjectDetection.from_pretrained(start, dtype=torch.float32)
    model.load_state_dict(model.state_dict() | load_file(artifact.weights))
    into.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        shutil.copyfile(start / name, into / name)
    model.half().save_pretrained(into)
    scores = scores_of(into, evaluation.held_out(recipe.held_out_seed, recipe.held_out, recipe.side))
    log(into / "training_log.csv", artifact, scores)
    page = into / "card.md"
    size = (into / "model.safetensors").stat().st_size
    page.write_text(last_phase(page.read_text(encoding="utf-8"), artifact.card, scores, size), encoding="utf-8")
    print(scores)


def log(path: Path, artifact: Artifact, scores: dict[str, float]) -> None:
    """One more row; its seconds are those of the last phase by the clock."""
    course = artifact.card.course
    row = [PHASE, course.steps, course.images, f"{course.curve[-1][1]:.4f}"]
    row += [f"{scores[name]:.4f}" for name in evaluation.METRICS] + [f"{course.seconds:.0f}"]
    with path.open("a", newline="", encoding="utf-8") as file:
        assert len(row) == len(COLUMNS)
        csv.writer(file).writerow(row)


if __name__ == "__main__":
    main()
