"""What a scored cohort costs against its models' bare forward loops over tensors that are already in memory.

Without shared prefixes the figure to reach is 1.03: decoding, preparing, post-processing, scoring, keeping rows, and
finding out that nothing is shared. The stand-in is the hard case, with 2 to 3 ms a forward pass and image: decoding and
resizing alone, once for 30 variants, are 3 % there. With shared prefixes the five variants of the DETR suite may take
0.40 of the sum of five separate loops, four depths of Depth Anything 0.60, and rows and predictions stay what they are
without, bit for bit. Of the multiply-adds 0.30 and 0.56 are left.

Both sides run with the allocator setting of the engine's workers (`tox -e bench` makes it), are measured in turns, in
one process, on one thread, in CPU seconds: so they also hold on a busy machine, and the thread that
reads ahead counts in full although it costs no time where a core is free.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.types import Cohort
from benchmarks.scored_pass import DEPTH, DETR, Pass, cohort

pytestmark = pytest.mark.benchmark(timer=time.process_time)
FIVE = ("base", "layers", "heads", "channels-inner", "combined-inner")
DEPTHS = ("base", "layers-8-first", "layers-6-first", "layers-4-first")
SHARED = {
    "detr": (cohort("detr", "coco-ap", 4, DETR, FIVE), 0.40),
    "depth": (cohort("depth_anything_v2", "depth-error", 8, DEPTH, DEPTHS), 0.60),
}
APART = {
    "full": (cohort("detr", "coco-ap", 4, DETR, ("base", "channels-backbone")), 1.03),
    "stand-in": (cohort("detr", "coco-ap", 60), 1.12),
}


def compare(benchmark: BenchmarkFixture, one: Pass, rounds: int = 2) -> float:
    """The engine's CPU seconds over those of the bare loops, each side at its best; they take turns.

    Call each once before, or something like it.
    """
    bare = list[float]()
    benchmark.pedantic(one.engine, setup=lambda: bare.append(one.bare()), rounds=rounds)  # type: ignore[no-untyped-call]
    assert benchmark.stats is not None
    ratio = float(benchmark.stats.stats.min) / min(bare)
    images = sum(len(next(iter(inputs.values()))) for inputs in one.inputs)
    benchmark.extra_info |= {"ratio": ratio, "bare_cpu_s": min(bare), "images": images, "variants": len(one.models)}
    return ratio


@pytest.mark.parametrize(("asked", "limit"), SHARED.values(), ids=SHARED)
def test_variants_with_common_prefixes_cost_less_than_their_forward_passes(
    benchmark: BenchmarkFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Cohort, limit: float
) -> None:
    from benchbench.measure import scored
    from benchbench.measure.prefixes import Prefixes

    one = Pass(tmp_path, asked)
    with monkeypatch.context() as patch:
        patch.setattr(scored, "Prefixes", lambda *_: Prefixes({}, 0))
        alone = one.engine()
    ratio = compare(benchmark, one)
    assert one.last == alone
    assert ratio <= limit


@pytest.mark.parametrize(("asked", "limit"), APART.values(), ids=APART)
def test_a_scored_cohort_costs_little_more_than_its_forward_passes(
    benchmark: BenchmarkFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: Cohort, limit: float
) -> None:
    from benchbench.measure import scored
    from benchbench.measure.prefixes import Prefixes

    one = Pass(tmp_path, asked)
    if asked.scale.name != "full":
        monkeypatch.setattr(scored, "Prefixes", lambda *_: Prefixes({}, 0))
    one.bare()
    assert compare(benchmark, one) <= limit
