"""A step that closes a variant: nothing follows it, and the cuts before it are decided as if it were not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchbench.catalog.contracts import Step
from benchbench.errors import CannotCut
from benchbench.types import Json, Use
from tests.measure.cohorts import cohort, use, variant
from tests.measure.toy_catalog import SHELVES, STEPS, learn
from tests.measure.toy_training import TRAININGS

SEAL = Step("seal", 1, False, learn, lambda *_: None, closes=True)
SEALING = replace(SHELVES, steps={**STEPS, "seal": SEAL})


def surgery_of(folder: Path, *steps: Use) -> Any:
    from benchbench.measure.build import Workshop

    asked, workshop = cohort("size", variant("made", *steps)), Workshop(SEALING)
    workshop.open(asked, folder)
    [trial] = [trial for trial in asked.trials if trial.variant.name == "made"]
    found: Json = workshop.build(trial).facts["surgery"]
    return found


def test_cuts_before_it_are_decided_once_and_shared_with_the_variant_without_it(tmp_path: Path) -> None:
    alone = surgery_of(tmp_path, use("weigh", count=1))
    [written] = tmp_path.iterdir()
    sealed = surgery_of(tmp_path, use("weigh", count=1), use("seal"))
    assert list(tmp_path.iterdir()) == [written]
    assert sealed[: len(alone)] == alone


@pytest.mark.parametrize("name", ["drop", "seal", sorted(TRAININGS)[0]])
def test_whatever_follows_it_is_refused_at_its_place(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotCut, match=f"'{name}' cannot follow 'seal'"):
        surgery_of(tmp_path, use("seal"), use(name, **({"count": 1} if name == "drop" else {})))
