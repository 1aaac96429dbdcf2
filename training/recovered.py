"""Ships recovered students: `python -m training.recovered --records RECORDS`.

They are trained by the program itself, `benchbench run SUITE --recover`, on the stand-ins; this copies those that the
default run shows into the package, in float16, and prints what all weights of the package come to.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchbench import flow
from benchbench.catalog.checkpoints import STAND_INS
from benchbench.lineage import Lineage
from benchbench.measure import SHIPPED, Artifacts, ship
from benchbench.types import Trial

SHOWN = {
    "depth_anything_v2": (
        "control",
        "layers-4-finetuned",
        "layers-4-progressive",
    ),
    "dinov2_finetune": (
        "full",
        "frozen-encoder",
        "last-k",
        "head-only",
        "full-regularised",
        "student-truth",
        "student-pseudo-full",
    ),
}
"""Variants by suite, each with all its seeds."""
MOST_BYTES = 20 * 10**6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="the folder of records of the runs that trained")
    parser.add_argument("--into", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    if arguments.into.exists():
        shutil.rmtree(arguments.into)
    for suite, variants in SHOWN.items():
        for trial in trained(suite, variants):
            print(trial.label, trial.seed, shipped(trial, arguments.records, arguments.into))
    total = weight(STAND_INS)
    print(f"all weights of the package: {total:,} bytes; at most {MOST_BYTES:,} may ship")


def trained(suite: str, variants: tuple[str, ...]) -> Iterator[Trial]:
    """The scored trials at the stand-in, one for each variant and seed."""
    seen: set[tuple[str, int]] = set()
    for entry in flow.plan(flow.Request(suite)).entries:
        trial = entry.trial
        chosen = trial.scale.checkpoint == "stand-in" and trial.probe.name == "depth-error"
        if chosen and trial.variant.name in variants and (trial.variant.name, trial.seed) not in seen:
            seen.add((trial.variant.name, trial.seed))
            yield trial


def shipped(trial: Trial, records: Path, into: Path) -> str:
    """Copies the last artifact on the way to a trial; what became of it in words."""
    lineage = Lineage({}, Artifacts(records / "artifacts"))
    artifact = lineage.artifact(lineage.needs(trial)[-1])
    return "not trained" if artifact is None else f"{ship(artifact, into).weights.stat().st_size:,} bytes"


def weight(folder: Path) -> int:
    """Bytes of all weights below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


if __name__ == "__main__":
    main()
