"""COCO AP at the size of val2017: the same twelve numbers for a fraction of the time."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.catalog.formulas.bootstrap import drawn
from benchbench.catalog.formulas.coco_accumulate import accumulator
from benchbench.catalog.formulas.coco_points import points
from benchbench.catalog.formulas.coco_resamples import resampler
from benchbench.catalog.formulas.detection_errors import lost
from benchbench.catalog.formulas.detections import Scenes, detection_faults, row_of, truth_faults
from benchbench.catalog.probes.coco_ap import DRAWS, paired
from benchmarks.coco_workload import workload
from tests.coco_scenes import as_rows, repeated

pytestmark = pytest.mark.benchmark(timer=time.process_time)
LEAST_RATIO = 40
MOST_S = 10.0
"""CPU seconds of a thousand paired resamples of two variants: rows checked, matched and drawn."""
MOST_SPLIT_S = 5.0
EXACT = 1e-12


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return workload()


def faults(scenes: Scenes) -> list[str]:
    found = detection_faults(scenes.detections, row_of(scenes.detections.images))
    return found + truth_faults(scenes.truth, row_of(scenes.truth.images))


def validated(scenes: Scenes) -> dict[str, float]:
    assert not faults(scenes)
    return points(scenes, "hotcoco")


def test_hotcoco_with_validation_against_pycocotools(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    numbers = benchmark(validated, scenes)
    start = time.process_time()
    oracle = points(scenes, "pycocotools")
    spent = time.process_time() - start
    assert benchmark.stats is not None
    ratio = spent / benchmark.stats.stats.median
    benchmark.extra_info |= {"pycocotools_cpu_s": spent, "ratio": ratio, "detections": len(scenes.detections.images)}
    assert numbers == oracle == accumulator(scenes)(None)
    assert 0.2 < numbers["AP"] < 0.7
    assert ratio >= LEAST_RATIO


def test_validation(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    assert benchmark(faults, scenes) == []


def test_matching_for_all_areas(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    assert benchmark(accumulator, scenes)(None)["AP"] > 0


def test_one_resample_of_all_twelve_numbers(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    numbers = accumulator(scenes)
    result = benchmark(numbers, drawn(len(scenes.images), 0, 0))
    assert result["AP"] != numbers(None)["AP"]


def worse(scenes: Scenes) -> Scenes:
    """A compressed variant: the same detections, less sure of some and less well placed."""
    rng, found = np.random.default_rng(1), scenes.detections
    boxes = found.boxes + 0.02 * rng.normal(size=found.boxes.shape) * found.boxes[:, [2, 3, 2, 3]]
    boxes[:, 2:] = np.maximum(boxes[:, 2:], 1)
    scores = found.scores * rng.uniform(0.8, 1, len(found.scores))
    return replace(scenes, detections=replace(found, boxes=boxes, scores=scores))


def test_a_thousand_paired_resamples_of_two_variants(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    """All twelve numbers, from kept rows to limits; the loops are compiled, or read from the cache, before."""
    start = time.process_time()
    resampler(scenes)(drawn(len(scenes.images), 0, 0)[None])
    first = time.process_time() - start
    rows, others = as_rows(scenes), as_rows(worse(scenes))
    found = benchmark.pedantic(paired, (rows, others), rounds=1)  # type: ignore[no-untyped-call]
    assert benchmark.stats is not None
    spent = benchmark.stats.stats.max
    benchmark.extra_info |= {"first_call_cpu_s": first, "draws": DRAWS}
    assert DRAWS == 1_000
    assert len(found) == 12
    assert found["AP"].p < 0.05
    assert spent <= MOST_S


def test_resamples_are_exact_on_images_physically_repeated(scenes: Scenes) -> None:
    """One draw of a fifth of the images at full density, against pycocotools on copies with ids of their own."""
    kept = scenes.images[::5]
    there, seen = np.isin(scenes.truth.images, kept), np.isin(scenes.detections.images, kept)
    part = Scenes(kept, _rows(scenes.truth, there), _rows(scenes.detections, seen))
    draw = drawn(len(kept), 0, 0)
    found, expected = resampler(part)(draw[None]), points(repeated(part, draw), "pycocotools")
    assert {name: float(values[0]) for name, values in found.items()} == pytest.approx(expected, abs=EXACT, rel=0)


def _rows(columns: Any, kept: NDArray[np.bool_]) -> Any:
    return type(columns)(**{name: column[kept] for name, column in vars(columns).items()})


def test_errors_by_kind(benchmark: BenchmarkFixture, scenes: Scenes) -> None:
    found = benchmark.pedantic(lost, (scenes,), rounds=3)  # type: ignore[no-untyped-call]
    assert benchmark.stats is not None
    assert found is not None
    assert found.ap50 == pytest.approx(points(scenes, "hotcoco")["AP50"], abs=1e-3)
    assert benchmark.stats.stats.median <= MOST_SPLIT_S
