"""A document's own numbers against each other: ratios, sizes, and facts stated twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from benchbench.types import Claim, Complaint, Range, Reading, Suite

BYTES = {"file_mib": 4.0}
"""Bytes of a float32 parameter."""
ALLOWANCE = 0.05
"""What a file may hold besides its parameters (buffers, names), relative."""

Stated = tuple[Claim, Reading, Range]


def doubt_ratios(suite: Suite) -> Iterator[Complaint]:
    """Ratios and changes that the document's own two numbers do not give."""
    numbers = _single(suite, "number")
    for claim, reading, stated in [*_single(suite, "ratio"), *_single(suite, "change")]:
        above = _number(numbers, claim, reading.metric, reading.variant)
        below = _number(numbers, claim, reading.metric, reading.versus)
        if not above or not below or below[2].low <= 0 or above[2].low < 0:
            continue
        shift = 1.0 if reading.form == "change" else 0.0
        low, high = above[2].low / below[2].high - shift, above[2].high / below[2].low - shift
        if high < stated.low or stated.high < low:
            own = f"its own {above[2].stated} ({above[0].id}) and {below[2].stated} ({below[0].id})"
            text = f"states {stated.stated}, but {own} give {_form(low, reading)} to {_form(high, reading)}"
            yield _complaint(claim, text, "one of the three is wrong, or they were not taken alike")


def doubt_sizes(suite: Suite) -> Iterator[Complaint]:
    """File sizes (MiB) that do not hold the stated number of float32 parameters: 4 n / 2^20."""
    numbers = _single(suite, "number")
    for claim, reading, size in numbers:
        held = _number(numbers, claim, "params", reading.variant) if reading.metric in BYTES else None
        if held is None:
            continue
        factor = BYTES[reading.metric] / 2**20
        low, high = held[2].low * factor * (1 - ALLOWANCE), held[2].high * factor * (1 + ALLOWANCE)
        if size.high < low or high < size.low:
            expected = f"{held[2].value * factor:.1f} MiB in float32"
            text = f"states {size.stated}, but its own {held[2].stated} parameters ({held[0].id}) make {expected}"
            yield _complaint(claim, text, "another precision, another head, or one of the two is wrong")


def doubt_pairs(suite: Suite) -> Iterator[Complaint]:
    """Two claims of one document that state the same thing differently, whichever way they are read."""
    kinds = ("fact", "number", "ratio", "change")
    claims = [claim for claim in suite.claims if claim.kind in kinds and claim.readings]
    for first, second in combinations(claims, 2):
        same = (first.source.document, first.scale) == (second.source.document, second.scale)
        clash = _clash(first, second) if same else None
        if clash:
            text = f"contradicts {first.id} ({first.title}): {clash[1].stated} there, {clash[0].stated} here"
            yield _complaint(second, text, "both cannot hold")


def doubt_orders(suite: Suite) -> Iterator[Complaint]:
    """Two orderings of one document that cannot both hold: one puts first what the other puts last."""
    orderings = [claim for claim in suite.claims if claim.kind == "ordering"]
    for first, second in combinations(orderings, 2):
        scales = {first.scale, second.scale}
        same = first.source.document == second.source.document and (len(scales) == 1 or "any" in scales)
        shared = _orders(first) & {(metric, right, left) for metric, left, right in _orders(second)} if same else set()
        for metric, left, right in sorted(shared):
            text = f"contradicts {first.id} ({first.title}): there {metric} of '{left}' is below that of '{right}'"
            yield _complaint(second, f"{text}, here above", "both cannot hold")


def _orders(claim: Claim) -> set[tuple[str, str, str]]:
    """(metric, the variant whose metric is lower, the one whose is higher) in every reading of an ordering."""
    per_reading = [
        {
            (reading.metric, *((each.left, each.right) if each.relation == "<" else (each.right, each.left)))
            for each in reading.comparisons
        }
        for reading in claim.readings
    ]
    return set.intersection(*per_reading) if per_reading else set()


def _clash(first: Claim, second: Claim) -> tuple[Range, Range] | None:
    """The ranges of the thing both speak of, if every reading of one is apart from every reading of the other."""
    pairs = [
        (here.range, there.range) if _thing(here) == _thing(there) and here.range and there.range else None
        for there in first.readings
        for here in second.readings
    ]
    apart = [pair for pair in pairs if pair and (pair[0].high < pair[1].low or pair[1].high < pair[0].low)]
    return apart[0] if apart and len(apart) == len(pairs) else None


def _thing(reading: Reading) -> tuple[str, str, str, str]:
    return reading.metric, reading.form, reading.variant, reading.versus


def _single(suite: Suite, form: str) -> list[Stated]:
    """Claims with one reading, of one form; where several are declared, arithmetic cannot tell which is meant."""
    return [
        (claim, claim.readings[0], claim.readings[0].range)
        for claim in suite.claims
        if len(claim.readings) == 1 and claim.readings[0].form == form and claim.readings[0].range
    ]


def _number(numbers: Sequence[Stated], like: Claim, metric: str, variant: str) -> Stated | None:
    """What the same document states of a metric and variant at the same scale."""
    for stated in numbers:
        claim, reading, _ = stated
        alike = (claim.source.document, claim.scale) == (like.source.document, like.scale)
        if alike and (reading.metric, reading.variant) == (metric, variant):
            return stated
    return None


def _form(value: float, reading: Reading) -> str:
    return f"{100 * value:+.1f} %" if reading.form == "change" else f"×{value:.2f}"


def _complaint(claim: Claim, text: str, hint: str) -> Complaint:
    return Complaint(claim.place, f"{claim.id} ({claim.title}) {text}", hint, "warning")
