"""COCO AP at the size of val2017: the same twelve numbers for a fraction of the time."""

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.catalog.formulas.bootstrap import drawn
from benchbench.catalog.formulas.coco_accumulate import accumulator
from benchbench.catalog.formulas.coco_points import points
from benchbench.catalog.formulas.detections import Scenes, detection_faults, row_of, truth_faults
from benchmarks.coco_workload import workload

pytestmark = pytest.mark.benchmark(timer=time.process_time)
LEAST_RATIO = 40


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
