"""What it saves to read prepared batches back instead of decoding, drawing and resizing the images again.

Both sides take turns in one process, on one thread, in CPU seconds: each reads all batches of the stand-ins' data once.
At full size it hardly pays (800×1066: 1.4 times), and nothing is kept: the first batch of a run decides that.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.catalog.contracts import Absent
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.measure.prepared import Prepared
from benchbench.measure.reading import Reader
from benchbench.measure.shelves import keywords
from benchbench.types import Settings

pytestmark = pytest.mark.benchmark(timer=time.process_time)
BATCH, LARGE = 8, 1 << 31
CASES: dict[str, tuple[str, str, Settings, int, float]] = {
    "detr stand-in": ("shapes", "detr", {"shorter": 96, "longer": 96}, 120, 0.2),
    "depth stand-in": ("rooms", "depth-anything", {"shorter": 98}, 120, 0.2),
}
"""Data, family, input settings, images, and the ratio to stay below."""


def reader(data: str, family: str, settings: Settings, count: int, kept: Prepared | None = None) -> Reader:
    """On data that are opened anew: generated ones keep what was drawn once."""
    found = DATASETS[data].locate(**keywords({"seed": 1, "count": count}))
    assert not isinstance(found, Absent)
    return Reader(found.open(), FAMILIES[family], settings, BATCH, 0, kept)


def spent(asked: Reader) -> float:
    start = time.process_time()
    for number in range(len(asked)):
        asked.batch(number)
    return time.process_time() - start


@pytest.mark.parametrize("case", CASES)
def test_reading_back_costs_a_fraction_of_preparing(benchmark: BenchmarkFixture, tmp_path: Path, case: str) -> None:
    data, family, settings, count, limit = CASES[case]
    batches = -(-count // BATCH)
    spent(reader(data, family, settings, count, Prepared(tmp_path, "key", batches, LARGE)))
    assert len(list((tmp_path / "key").glob("*.batch"))) == batches, "it pays"
    prepared: list[float] = []

    def again() -> None:
        spent(reader(data, family, settings, count, Prepared(tmp_path, "key", batches, LARGE)))

    benchmark.pedantic(again, setup=lambda: prepared.append(spent(reader(data, family, settings, count))), rounds=5)  # type: ignore[no-untyped-call]
    assert benchmark.stats is not None
    ratio = benchmark.stats.stats.min / min(prepared)
    megabytes = sum(path.stat().st_size for path in (tmp_path / "key").iterdir()) / 1e6
    benchmark.extra_info |= {"ratio": ratio, "prepared_cpu_s": min(prepared), "images": count, "megabytes": megabytes}
    assert ratio <= limit
