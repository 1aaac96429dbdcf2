"""Small records to keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.record import Store
from benchbench.types import Condition, Measured, Measurement, Place, ProbeUse, Record, Scale, Trial, Use, Variant


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records")


@pytest.fixture
def trial() -> Trial:
    here = Place("suite.yaml", 3, 5)
    steps = (Use("drop-layers", {"stack": "encoder", "count": 4}, place=here),)
    scale = Scale("full", "DETR-R50", "detr", "facebook/detr-resnet-50", Use("coco", {"split": "val2017"}), place=here)
    return Trial(
        Variant("layers", "fewer layers", steps, place=here), scale, ProbeUse("latency", condition=Condition(threads=2))
    )


@pytest.fixture
def record(trial: Trial) -> Record:
    columns = {"round": (0.0, 1.0), "reference": (100.0, 101.5)}
    return Record(
        key="ab" * 32,
        trial=trial,
        outcome=Measured((Measurement("latency_ms", (81.25, 80.0), columns),), ("note",)),
        environment={"hardware": "a CPU", "threads": 2},
        versions={"latency": "1"},
        facts={"weights": "random", "surgery": [{"step": "drop-layers", "kept": [0, 1, 2, 3]}]},
        run="r1",
        at="2026-01-11T10:00:00+00:00",
    )
