"""How a ruling looks: a word, a symbol and a tone, so that it reads without colour."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.types import Cell, Ruling, Verdict

SYMBOLS = {
    Ruling.REPRODUCED: "✓",
    Ruling.REFUTED: "✗",
    Ruling.IMPOSSIBLE: "⊘",
    Ruling.UNDECIDED: "?",
    Ruling.NOT_COMPARABLE: "≠",
    Ruling.NOT_MEASURED: "○",
    Ruling.ATTESTED: "✓",
    Ruling.CONTRADICTED: "✗",
    Ruling.RUNS_AS_WRITTEN: "✓",
    Ruling.RUNS_AFTER_CHANGE: "△",
    Ruling.CANNOT_RUN: "⊘",
}
TONES = {"✓": "holds", "✗": "fails", "⊘": "fails", "?": "open", "≠": "open", "○": "open", "△": "changed"}
MEANINGS = {
    Ruling.REPRODUCED: "the measurement agrees under at least one declared reading",
    Ruling.REFUTED: "every declared reading misses, by exact counts or by intervals under matching conditions",
    Ruling.IMPOSSIBLE: "exact counts exclude it, whatever is measured",
    Ruling.UNDECIDED: "the interval straddles the limit, or the claim is bound to other hardware",
    Ruling.NOT_COMPARABLE: "measured under conditions that differ from the claim's",
    Ruling.NOT_MEASURED: "something it needs is missing here; the remedy is given",
    Ruling.ATTESTED: "a quotation supports it",
    Ruling.CONTRADICTED: "a quotation speaks against it",
    Ruling.RUNS_AS_WRITTEN: "the recipe was carried out as the document gives it",
    Ruling.RUNS_AFTER_CHANGE: "the recipe runs once the named change is made",
    Ruling.CANNOT_RUN: "the recipe cannot be carried out",
}


def tone(ruling: Ruling) -> str:
    return TONES[SYMBOLS[ruling]]


def badge(ruling: Ruling, anchor: str = "") -> Cell:
    """Symbol and word; sorts in the order in which rulings are declared."""
    order = float(list(Ruling).index(ruling))
    return Cell(f"{SYMBOLS[ruling]} {ruling.value}", sort=order, tone=tone(ruling), link=anchor)


def counts(verdicts: Iterable[Verdict]) -> dict[Ruling, int]:
    """How many claims were ruled how, in the order of the rulings, without those that did not occur."""
    given = [verdict.ruling for verdict in verdicts]
    return {ruling: given.count(ruling) for ruling in Ruling if ruling in given}
