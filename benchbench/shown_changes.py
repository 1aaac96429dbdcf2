"""A comparison as tables for the terminal and as data for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from benchbench import terminal
from benchbench.report.changed import effect_style, threshold_text
from benchbench.report.numbers import NONE, metric_style, written
from benchbench.types import STATUS, Change, Estimate, Judgement, Kind, Metric
from benchbench.types.compared import GRAVEST_FIRST, Comparison

TITLES: dict[Kind, str] = {
    "exact": "Exact: counts, and readings whose error is known",
    "data": "Over images",
    "time": "In time",
    "seeds": "Over trainings",
}
COLUMNS = ("scale", "probe", "variant", "metric", "before", "after", "change", "threshold", "verdict", "why")
QUIET = (Judgement.EQUIVALENT, Judgement.INCONCLUSIVE)
"""What is counted and not listed."""


def show(comparison: Comparison, code: int, *, as_json: bool) -> None:
    """Print a table for each kind of metric of what changed or could not be compared, and count the rest.

    The graver tables and rows come first. Notes go to stderr.
    """
    if as_json:
        terminal.data(told(comparison, code))
        return
    listed = sorted((change for change in comparison.changes if change.judgement not in QUIET), key=_rank)
    for kind in dict.fromkeys(change.kind for change in sorted(listed, key=_of_table)):
        terminal.table(TITLES[kind], COLUMNS, _rows([change for change in listed if change.kind == kind]))
    terminal.answer(f"{comparison.before} → {comparison.after}: {summary(comparison)}")
    for note in comparison.notes:
        terminal.say(f"note: {note}")


def summary(comparison: Comparison) -> str:
    """How many of each, in one line."""
    found = Counter(change.judgement for change in comparison.changes)
    told = [f"{found[each]} {each}" for each in GRAVEST_FIRST if found[each]]
    unchanged = Counter(change.kind for change in comparison.having(*QUIET))
    parts = ", ".join(f"{count} {kind}" for kind, count in unchanged.items())
    return (", ".join(told) or "nothing to compare") + (f"; not listed: {parts}" if parts else "")


def told(comparison: Comparison, code: int) -> dict[str, Any]:
    """The same for programs; `exit_code` is that of a gate."""
    counts = Counter(str(change.judgement) for change in comparison.changes)
    return {**asdict(comparison), "counts": dict(counts), "exit_code": code}


def _rows(changes: list[Change]) -> list[tuple[str, ...]]:
    """A row for each, in their order; what all metrics of a trial share stands once."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for index, change in enumerate(changes):
        alone = "" if change.judgement is Judgement.NOT_COMPARABLE else str(index)
        groups.setdefault((change.trial, change.why, alone), []).append(change)
    return [_row(group) for group in groups.values()]


def _rank(change: Change) -> int:
    return GRAVEST_FIRST.index(change.judgement)


def _of_table(change: Change) -> tuple[int, int]:
    """Tables of one gravity keep the order of their titles."""
    return _rank(change), list(TITLES).index(change.kind)


def _row(group: list[Change]) -> tuple[str, ...]:
    first = group[0]
    place = first.scale, first.probe, first.variant
    if len(group) > 1:
        return *place, f"{len(group)} metrics", "", "", "", "", str(first.judgement), first.why
    numbers = _number(first.before, first.metric), _number(first.after, first.metric)
    change = _effect(first), threshold_text(first) or NONE
    return *place, first.metric.name, *numbers, *change, str(first.judgement), first.why


def _number(known: Estimate | None, metric: Metric) -> str:
    if known is None:
        return NONE
    if metric == STATUS:
        return "measured" if known.value else "not measured"
    return written(known, metric_style(metric, known.value))


def _effect(change: Change) -> str:
    return written(change.effect, effect_style(change)) if change.effect else NONE
