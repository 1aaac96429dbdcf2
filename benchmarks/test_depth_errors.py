"""Depth errors of NYUv2's 654 test maps: compiled loops against the usual code, a pass for each metric."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.catalog.formulas.depth_errors import measured, numbers
from benchbench.catalog.formulas.depth_protocols import Preset, Protocol, chosen
from tests.fresh_process import answer

Maps = tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.bool_]]
SHAPE = (480, 640)
IMAGES = 654
DRAWN = 6
"""Different maps, met again and again."""
LEAST_RATIO: dict[Preset, float] = {"metric": 2.5, "issue-157": 6.0}
"""Of CPU times, the two sides in turns map by map; 3.5 and 8.2 where these were written."""
NAMES = ("AbsRel", "SqRel", "RMSE", "RMSElog", "log10", "SIlog", "delta1", "delta2", "delta3")


def case(preset: Preset, seed: int = 0) -> Maps:
    """Output, depth and mask with 98 % of pixels valid; errors of a tenth."""
    rng = np.random.default_rng(seed)
    depth = np.exp(rng.uniform(np.log(0.7), np.log(9.5), SHAPE)).astype(np.float32)
    output = depth * np.exp(0.1 * rng.normal(0, 1, SHAPE))
    if preset == "issue-157":
        output = 0.7 / output + 0.05
    return output.astype(np.float32), depth, rng.random(SHAPE) < 0.98


def protocol_of(preset: Preset) -> Protocol:
    return chosen(protocol=preset, cap=10.0, clamp="cap" if preset == "issue-157" else "none")


def usual(maps: Maps, aligns: bool) -> list[float]:
    """Every metric by its own formula on whole maps, in the maps' precision; least squares by NumPy."""
    output, depth, valid = maps
    p, g = output[valid & (depth >= 0.001) & (depth <= 10)], depth[valid & (depth >= 0.001) & (depth <= 10)]
    if aligns:
        scale, shift = np.linalg.lstsq(np.stack([p, np.ones_like(p)], 1), 1 / g, rcond=None)[0]
        p = 1 / np.maximum(p * scale + shift, p.dtype.type(0.1))
    worse = np.maximum(p / g, g / p)
    values = [np.mean(np.abs(p - g) / g), np.mean((p - g) ** 2 / g), np.sqrt(np.mean((p - g) ** 2))]
    logs = np.log(p) - np.log(g)
    values += [np.sqrt(np.mean((np.log(p) - np.log(g)) ** 2)), np.mean(np.abs(np.log10(p) - np.log10(g)))]
    values.append(np.sqrt(np.mean(logs**2) - 0.5 * np.mean(logs) ** 2))
    return [float(value) for value in [*values, *(np.mean(worse < 1.25**power) for power in (1, 2, 3))]]


def ours(maps: Maps, protocol: Protocol) -> list[float]:
    """The same nine, as a scored cohort has them."""
    return [float(value[0]) for value in numbers(measured(*maps, protocol), protocol.silog_weight).values()]


def spent(call: Callable[[], object]) -> float:
    """CPU seconds."""
    start = time.process_time()
    call()
    return time.process_time() - start


@pytest.mark.parametrize("preset", list(LEAST_RATIO))
def test_654_maps_against_a_pass_for_each_metric(benchmark: BenchmarkFixture, preset: Preset) -> None:
    drawn = [case(preset, seed) for seed in range(DRAWN)]
    aligns, protocol = preset == "issue-157", protocol_of(preset)
    ours(drawn[0], protocol)
    seconds = {"ours": 0.0, "usual": 0.0}

    def all_maps() -> None:
        for number in range(IMAGES):
            maps = drawn[number % DRAWN]
            seconds["ours"] += spent(lambda: ours(maps, protocol))  # noqa: B023
            seconds["usual"] += spent(lambda: usual(maps, aligns))  # noqa: B023

    benchmark.pedantic(all_maps, rounds=1)  # type: ignore[no-untyped-call]
    ratio = seconds["usual"] / seconds["ours"]
    benchmark.extra_info |= {"cpu_s": seconds["ours"], "usual_cpu_s": seconds["usual"], "ratio": ratio}
    assert ratio >= LEAST_RATIO[preset]


@pytest.mark.parametrize("preset", list(LEAST_RATIO))
@pytest.mark.parametrize("seed", range(4))
def test_closer_to_double_precision_than_the_usual_code(preset: Preset, seed: int) -> None:
    maps, aligns = case(preset, seed), preset == "issue-157"
    output, depth, valid = maps
    exact = usual((output.astype(np.float64), depth.astype(np.float64), valid), aligns)
    found, theirs = ours(maps, protocol_of(preset)), usual(maps, aligns)
    for name, value, other, truth in zip(NAMES, found, theirs, exact, strict=True):
        assert abs(value - truth) <= abs(other - truth), name
        assert value == pytest.approx(truth, rel=1e-12), name


def first_call() -> float:
    """CPU seconds that a process's first map takes longer than its second: numba imported, loops read from disk."""
    maps, protocol = case("issue-157"), protocol_of("issue-157")
    start = time.process_time()
    ours(maps, protocol)
    between = time.process_time()
    ours(maps, protocol)
    return 2 * between - start - time.process_time()


def test_the_first_map_of_a_process_does_not_stall_a_cohort(benchmark: BenchmarkFixture) -> None:
    """Compiled once on a machine, read from disk by every later process."""
    answer(first_call)
    seconds = benchmark.pedantic(answer, (first_call,), rounds=1)  # type: ignore[no-untyped-call]
    benchmark.extra_info["seconds"] = seconds
    assert seconds < 2
