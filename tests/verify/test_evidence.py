"""Why there is no number, and what is advised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.types import ProbeUse, Ruling
from benchbench.verify import judge
from tests.claimed_suite import METRICS, claim, counted, failed, reading, stated, suite, verdict

QUARTER = stated("-25%", -0.25, 0.005)
BASE = counted("base", 1000)


@pytest.mark.parametrize(
    ("probe", "left_out"),
    [
        (ProbeUse("size"), True),
        (ProbeUse("size", scales=("full",), variants=("base", "layers")), True),
        (ProbeUse("size", scales=("stand-in",)), False),
        (ProbeUse("size", variants=("heads",)), False),
        (ProbeUse("latency"), False),
    ],
)
def test_what_a_selection_left_out_asks_for_no_probe(probe: ProbeUse, left_out: bool) -> None:
    asked = claim("change", reading(QUARTER))
    [found] = judge(replace(suite(asked), probes=(probe,)), (), METRICS)
    assert ("without a selection" in found.reason) is left_out
    assert ("name a probe" in found.reason) is not left_out


def test_a_long_error_is_told_in_short() -> None:
    long = failed("layers", "params", " ".join(["word"] * 500) + "\n  hint: none")
    found = verdict(claim("change", reading(QUARTER)), BASE, long)
    assert "word …" in found.reason
    assert len(found.reason) < 500


def test_what_nothing_measures_asks_for_a_probe() -> None:
    found = verdict(claim("change", reading(QUARTER)))
    assert found.ruling is Ruling.NOT_MEASURED
    assert "name a probe for it in the suite" in found.reason
    assert verdict(claim("change", reading(QUARTER, "colour"))).ruling is Ruling.NOT_MEASURED
    assert verdict(claim("change", reading(None)), BASE, counted("layers", 750)).ruling is Ruling.NOT_MEASURED
