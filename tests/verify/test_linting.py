"""What the claims alone give away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.types import Claim, Comparison, Complaint, Entry, Range, Source
from benchbench.verify import lint
from tests.claimed_suite import METRICS, claim, counted, order, reading, scored, stated, suite, timed


def complaints(*claims: Claim, entries: tuple[Entry, ...] = ()) -> tuple[Complaint, ...]:
    return lint(suite(*claims), entries, METRICS)


def share(name: str, per_cent: float, variant: str, metric: str = "params") -> Claim:
    covers = stated(f"-{per_cent}%", -per_cent / 100, 0.005)
    return claim("change", reading(covers, metric, variant=variant), name=name)


LAYERS, HEADS, CHANNELS = share("D1", 22, "layers"), share("D22", 15, "heads"), share("D333", 40, "channels")
COMBINED = share("D4444", 55, "combined")


def test_cuts_to_disjoint_parts_add() -> None:
    (complaint,) = complaints(LAYERS, HEADS, CHANNELS, COMBINED)
    assert complaint.place == COMBINED.place
    assert complaint.severity == "warning"
    assert "22 % + 15 % + 40 % of params make 77 %, but the document gives 55 %" in complaint.what
    assert "22 % (D1) + 40 % (D333) alone cannot give 55 %" in complaint.what


@pytest.mark.parametrize(("whole", "count"), [(37, 0), (38, 0), (36, 0), (38.6, 1), (35.4, 1)])
def test_sums_are_right_up_to_the_rounding(whole: float, count: int) -> None:
    assert len(complaints(LAYERS, HEADS, share("P", whole, "pair"))) == count


def test_parts_must_be_of_the_same_kind() -> None:
    other = replace(HEADS, source=Source("another document"))
    assert complaints(LAYERS, other, CHANNELS, COMBINED) == ()
    assert complaints(LAYERS, share("D22", 15, "heads", "file_mib"), CHANNELS, COMBINED) == ()
    assert complaints(LAYERS, replace(HEADS, scale="stand-in"), CHANNELS, COMBINED) == ()
    assert complaints(LAYERS, CHANNELS, COMBINED) == ()


@pytest.mark.parametrize("metric", ["AP", "latency_ms", "macs"])
def test_what_has_no_law_of_composition_is_never_added(metric: str) -> None:
    names = zip((22, 15, 40, 55), ("layers", "heads", "channels", "combined"), strict=True)
    assert complaints(*(share(f"D{number}", number, variant, metric) for number, variant in names)) == ()


def test_the_combination_is_told_once_however_many_readings() -> None:
    doubled = replace(COMBINED, readings=(*COMBINED.readings, replace(COMBINED.readings[0], name="again")))
    assert len(complaints(LAYERS, HEADS, CHANNELS, doubled)) == 1


def test_exact_counts_stand_beside_the_sum() -> None:
    sizes = {"base": 1000, "layers": 780, "heads": 850, "channels": 600, "combined": 450}
    entries = tuple(counted(variant, size) for variant, size in sizes.items())
    (complaint,) = complaints(LAYERS, HEADS, CHANNELS, COMBINED, entries=entries)
    assert "by exact count they are 22.0 % + 15.0 % + 40.0 %, together 55.0 %" in complaint.what


def number(name: str, covers: Range, metric: str, variant: str) -> Claim:
    return claim("number", reading(covers, metric, "number", variant), name=name)


@pytest.mark.parametrize(("ratio", "count"), [(12.0, 0), (12.4, 0), (13.5, 1), (11.0, 1)])
def test_ratios_against_the_documents_own_numbers(ratio: float, count: int) -> None:
    slow = number("a", stated("50", 50, 0.5), "throughput_ips", "base")
    fast = number("bb", stated("610", 610, 0.5), "throughput_ips", "layers")
    covers = stated(f"x{ratio}", ratio, 0.5)
    claimed = claim("ratio", reading(covers, "throughput_ips", "ratio"), name="ccc")
    found = complaints(slow, fast, claimed)
    assert len(found) == count
    assert all("its own 610 (bb) and 50 (a)" in complaint.what for complaint in found)


def test_changes_against_the_documents_own_numbers() -> None:
    whole = number("a", stated("1243", 1243, 0.5), "file_mib", "base")
    part = number("bb", stated("37", 37, 0.5), "file_mib", "layers")
    right = claim("change", reading(stated("-97%", -0.97, 0.005), "file_mib"), name="ccc")
    wrong = claim("change", reading(stated("-90%", -0.90, 0.005), "file_mib"), name="dddd")
    assert complaints(whole, part, right) == ()
    (complaint,) = complaints(whole, part, wrong)
    assert "give -97.1 % to -97.0 %" in complaint.what


@pytest.mark.parametrize(("size", "count"), [(159, 0), (158, 0), (80, 1), (232, 1)])
def test_file_sizes_against_parameters(size: float, count: int) -> None:
    params = number("a", stated("41.5M", 41.5e6, 5e4), "params", "base")
    assert len(complaints(params, number("bb", stated(f"{size}MiB", size, 0.5), "file_mib", "base"))) == count


def test_facts_that_contradict_each_other() -> None:
    eight = claim("fact", reading(stated("8", 8), "heads_encoder", "number", "base"), name="a")
    six = claim("fact", reading(stated("6", 6), "heads_encoder", "number", "base"), name="bb")
    (complaint,) = complaints(eight, six)
    assert complaint.place == six.place
    assert "contradicts a" in complaint.what
    assert complaints(eight, replace(six, readings=eight.readings)) == ()
    either = replace(six, readings=(*six.readings, *eight.readings))
    assert complaints(eight, either) == ()
    assert complaints(eight, replace(six, source=Source("another document"))) == ()


def test_what_exact_counts_exclude() -> None:
    entries = (counted("base", 1000), counted("layers", 990))
    (complaint,) = complaints(LAYERS, entries=entries)
    assert complaint.place == LAYERS.place
    assert "Impossible whatever is measured" in complaint.what
    assert complaints(LAYERS, entries=(counted("base", 1000), counted("layers", 780))) == ()


def test_facts_and_orderings_that_exact_counts_contradict() -> None:
    eight = claim("fact", reading(stated("8", 8), "heads_encoder", "number", "base"))
    assert len(complaints(eight, entries=(counted("base", 6, "heads_encoder"),))) == 1
    smaller = claim("ordering", order(Comparison("layers", "<", "base"), metric="params"))
    assert len(complaints(smaller, entries=(counted("base", 1000), counted("layers", 1001)))) == 1


def test_what_was_timed_or_scored_is_no_business_of_lint() -> None:
    slower = claim("ordering", order(Comparison("layers", ">", "base"), metric="latency_ms"))
    worse = claim("ordering", order(Comparison("layers", ">", "base"), metric="AP"))
    entries = (timed("layers", [0.5] * 6), timed("base", [1.0] * 6), scored("layers", 0.1), scored("base", 0.4))
    assert complaints(slower, worse, entries=entries) == ()


def test_orders_that_cannot_both_hold() -> None:
    first = claim("ordering", order(Comparison("layers", "<", "heads")), name="D6")
    second = claim("ordering", order(Comparison("layers", ">", "heads")), name="D77")
    (complaint,) = complaints(first, second)
    assert complaint.place == second.place
    assert "contradicts D6 (title of D6): there latency_ms of 'layers' is below that of 'heads'" in complaint.what
    assert len(complaints(replace(first, scale="any"), second)) == 1
    assert complaints(replace(first, scale="stand-in"), second) == ()


def test_the_same_order_said_from_the_other_side_is_no_contradiction() -> None:
    first = claim("ordering", order(Comparison("layers", "<", "heads")), name="D6")
    assert complaints(first, claim("ordering", order(Comparison("heads", ">", "layers")), name="D77")) == ()
    assert complaints(first, replace(first, id="D8", source=Source("another document"))) == ()


def test_an_ordering_is_contradicted_only_in_all_its_readings() -> None:
    one, other = Comparison("layers", "<", "heads"), Comparison("layers", ">", "heads")
    open_one = claim("ordering", order(one), order(one, metric="macs"), name="D6")
    assert complaints(open_one, claim("ordering", order(other), name="D77")) == ()
