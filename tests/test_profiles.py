"""What profiles and machines say together, on numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchbench.profiles import NEEDED, profiles
from benchbench.twins import PLACEMENT
from benchbench.types import (
    Condition,
    Document,
    Entry,
    Json,
    Machine,
    Measured,
    Measurement,
    ProbeUse,
    Profile,
    Record,
    Scale,
    Settings,
    Skipped,
    Suite,
    Trial,
    Use,
    Variant,
)

MIB = 2**20
HERE: dict[str, Json] = {"cpu": "x", "threads": 2}
MACHINE = Machine(HERE, 1e10, 1e9, 0.01, "2026-11-22")
LAYERS = ProbeUse("layers", condition=Condition(threads=2))
LATENCY = ProbeUse("latency", condition=Condition(threads=2))
SCALE = Scale("full", "a scale", "vit", "random", Use("glyphs"))
BASE, CUT, GONE = (Variant(name, name) for name in ("base", "cut", "gone"))
SUITE = Suite("s", "a suite", "s.yaml", "vit", "base", Document(), (SCALE,), (BASE, CUT, GONE), (LAYERS, LATENCY))
Column = Sequence[float]


def entry(use: ProbeUse, variant: Variant, found: Measured | Skipped, where: Settings = HERE) -> Entry:
    trial = Trial(variant, SCALE, use)
    if isinstance(found, Skipped):
        return Entry(trial, found)
    return Entry(trial, found, Record(variant.name, trial, found, where, {}, {}, "run", "at"))


def profile(names: str, times: Column, macs: Column, params: Column, mib: Column) -> Measured:
    columns = zip(NEEDED, (times, macs, params, mib), strict=True)
    return Measured(tuple(Measurement(name, tuple(values)) for name, values in columns), (f"layers: {names}",))


WHOLE = profile("encoder.0, encoder.1, everything else", (40, 40, 20), (4e8, 4e8, 1e8), (MIB, MIB, MIB / 4), (4, 4, 1))
HALF = profile("encoder.0, encoder.1, everything else", (30, 30, 22), (2e8, 2e8, 1e8), (MIB / 2, MIB / 2, 0), (4, 4, 1))
SHORT = profile("encoder.0, everything else", (40, 20), (4e8, 1e8), (MIB, MIB / 4), (4, 1))
ENTRIES = (entry(LAYERS, BASE, WHOLE), entry(LAYERS, CUT, HALF), entry(LAYERS, GONE, SHORT))


def one(entries: Sequence[Entry] = ENTRIES, machines: Sequence[Machine] = (MACHINE,)) -> Profile:
    (found,) = profiles(SUITE, entries, machines)
    return found


def test_models_and_blocks_have_their_work_bytes_and_time() -> None:
    found = one()
    base = found.models[0]
    assert (base.name, base.macs) == ("base", 9e8)
    assert base.seconds == pytest.approx(0.1)
    assert base.moved == (2.25 * 4 + 9) * MIB
    assert base.intensity == pytest.approx(9e8 / (18 * MIB))
    assert [block.name for block in found.blocks] == ["encoder.0", "encoder.1", "everything else"]
    assert [block.rate for block in found.blocks] == pytest.approx([1e10, 1e10, 5e9])
    assert [part.name for part in found.parts] == ["encoder, 2 blocks", "everything else"]
    assert (found.parts[0].macs, found.parts[0].moved) == (8e8, 16 * MIB)


def test_the_share_is_of_the_lower_roof() -> None:
    block = one().blocks[0]
    assert block.share == pytest.approx(1e10 / 1e10)
    slow = replace(MACHINE, bandwidth=1e8)
    assert one(machines=(slow,)).blocks[0].share == pytest.approx(1e10 / (4e8 / (8 * MIB) * 1e8))


def test_a_cut_is_bound_by_what_it_leaves() -> None:
    cut, gone = one().limits
    assert cut.variant == "cut"
    assert cut.outside == pytest.approx(0.2)
    assert cut.bound == pytest.approx(100 / (20 + 20 + 20))
    assert cut.measured.value == pytest.approx(100 / 82)
    assert not cut.is_timed
    assert cut.rates == pytest.approx((1e10, 2e8 / 0.03))
    assert cut.peaks == pytest.approx((1.0, 2 / 3))
    assert cut.outside_seconds == pytest.approx((0.02, 0.022))
    assert (gone.variant, gone.rates, gone.peaks) == ("gone", None, None)
    assert gone.outside == pytest.approx(0.6)
    assert gone.bound == pytest.approx(100 / 60)


def test_what_was_timed_decides() -> None:
    paired = Measurement("latency_ms", (50.0, 52.0, 48.0), {"reference": (100.0, 104.0, 96.0)})
    reference = Measurement("latency_ms", (90.0, 100.0, 110.0))
    timed = (*ENTRIES, entry(LATENCY, CUT, Measured((paired,))), entry(LATENCY, BASE, Measured((reference,))))
    found = one(timed)
    assert found.limits[0].is_timed
    found_low = 2 * math.exp(-1.96 * PLACEMENT)
    assert (found.limits[0].measured.value, found.limits[0].measured.low) == pytest.approx((2.0, found_low))
    assert [load.seconds for load in found.models[:2]] == pytest.approx([0.1, 0.05])
    unpaired = one((*timed[:3], entry(LATENCY, CUT, Measured((Measurement("latency_ms", (50.0,) * 3),))), timed[4]))
    assert unpaired.limits[0].measured.value == pytest.approx(2.0)
    assert unpaired.limits[0].measured.low < 2 < unpaired.limits[0].measured.high


def test_another_condition_is_no_time_of_this_one() -> None:
    other = replace(LATENCY, condition=Condition(batch=8, threads=2))
    found = one((*ENTRIES, entry(other, CUT, Measured((Measurement("latency_ms", (1.0,)),)))))
    assert not found.limits[0].is_timed


def test_another_machine_has_no_roof_here() -> None:
    for machine in (replace(MACHINE, signature={"cpu": "y"}), replace(MACHINE, signature=HERE | {"threads": 1})):
        found = one(machines=(machine,))
        assert found.machine is None
        assert {load.share for load in (*found.models, *found.blocks)} == {None}
        assert found.limits[0].peaks is None
        assert found.limits[0].rates is not None
    assert one(machines=(replace(MACHINE, signature={"cpu": "y"}), MACHINE)).machine is MACHINE
    moved = (entry(LAYERS, BASE, WHOLE), entry(LAYERS, CUT, HALF, HERE | {"cpu": "y"}))
    assert one(moved).machine is None, "measured on two machines"


def test_without_a_reference_there_is_no_bound() -> None:
    found = one(ENTRIES[1:])
    assert (found.limits, found.blocks, found.parts) == ((), (), ())
    assert [load.name for load in found.models] == ["cut", "gone"]


def test_what_is_no_whole_profile_is_left_out() -> None:
    older = Measured(WHOLE.measurements[:2], WHOLE.notes)
    unnamed = Measured(WHOLE.measurements, ())
    misnamed = Measured(WHOLE.measurements, ("layers: a, b",))
    for found in (older, unnamed, misnamed, Skipped("why", "how")):
        assert profiles(SUITE, (entry(LAYERS, BASE, found),), ()) == ()


def test_more_work_is_no_cut_and_no_work_has_no_place() -> None:
    more = profile("encoder.0, encoder.1, everything else", (9, 9, 9), (4e8, 5e8, 1e8), (1, 1, 1), (4, 4, 1))
    idle = profile("encoder.0, encoder.1, everything else", (9, 9, 0), (4e8, 4e8, 0), (1, 1, 0), (4, 4, 0))
    assert one((entry(LAYERS, BASE, WHOLE), entry(LAYERS, CUT, more))).limits == ()
    assert [block.name for block in one((entry(LAYERS, BASE, idle),)).blocks] == ["encoder.0", "encoder.1"]
