"""Ships recovered students: `python -m training.recovered --records RECORDS`.

They are trained by the program itself, `benchbench run SUITE --recover`, on the stand-ins; this copies those that the
default run shows into the package, in float16, where the package has not got them already, removes what no suite shows
any more, and prints what all weights of the package come to.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchbench import flow
from benchbench.catalog.checkpoints import STAND_INS
from benchbench.catalog.probes import PROBES
from benchbench.lineage import Lineage
from benchbench.measure import SHIPPED, Artifacts, ship
from benchbench.types import Trial

SHOWN = {
    "depth_anything_v2": (
        "control",
        "layers-4-finetuned",
    ),
    "dinov2_finetune": (
        "full",
        "frozen-encoder",
        "last-k",
        "head-only",
        "student-truth",
        "student-pseudo-full",
    ),
    "vit": (
        "student-truth",
        "student-soft",
        "student-hard",
    ),
}
"""Variants by suite, each with all its seeds."""
MOST_BYTES = 20 * 10**6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="the folder of records of the runs that trained")
    parser.add_argument("--into", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    lineage = Lineage({}, Artifacts(arguments.records / "artifacts", arguments.into))
    kept: set[str] = set()
    for suite, variants in SHOWN.items():
        for trial in trained(suite, variants):
            artifact = lineage.artifact(lineage.needs(trial)[-1])
            if artifact is not None:
                kept |= {
                    artifact.card.key,
                    (artifact if artifact.shipped else ship(artifact, arguments.into)).weights.stem,
                }
            print(trial.label, trial.seed, "not trained" if artifact is None else "ships")
    for path in [*arguments.into.rglob("*.json"), *arguments.into.rglob("*.safetensors")]:
        if path.stem not in kept:
            path.unlink()
    total = weight(STAND_INS)
    print(f"all weights of the package: {total:,} bytes; at most {MOST_BYTES:,} may ship")


def trained(suite: str, variants: tuple[str, ...]) -> Iterator[Trial]:
    """The scored trials at the stand-in, one for each variant and seed."""
    seen: set[tuple[str, int]] = set()
    for entry in flow.plan(flow.Request(suite)).entries:
        trial = entry.trial
        eager = trial.probe.condition.runtime == "eager"
        scored = PROBES[trial.probe.name].kind == "scored"
        chosen = trial.scale.is_stand_in and scored and eager
        if chosen and trial.variant.name in variants and (trial.variant.name, trial.seed) not in seen:
            seen.add((trial.variant.name, trial.seed))
            yield trial


def weight(folder: Path) -> int:
    """Bytes of all weights below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.safetensors"))


if __name__ == "__main__":
    main()
