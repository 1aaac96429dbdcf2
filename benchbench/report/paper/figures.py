"""What stands in one place of a table for a paper: a number with its interval, rank, significance and notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from benchbench import stats
from benchbench.report.account import Account
from benchbench.report.comparison import ONE_TRAINING
from benchbench.report.numbers import MINUS, NONE, Style, axis_style, form_style, parts
from benchbench.report.paper.ranking import Rank, ranks, stars
from benchbench.report.signature import differing
from benchbench.report.values import (
    Change,
    change_of,
    difference_of,
    estimate_of,
    fact,
    is_accuracy,
    is_random,
    is_trained,
    reference_entry,
    trainings,
    why_missing,
)
from benchbench.types import Entry, Estimate, Failed, Json, Measured, Metric, ProbeUse, Scale, Skipped, Variant

NO_INTERVAL = "one measurement, without an interval: not ranked"
RANDOM = "random weights: this says nothing of how well the model does"
NOT_ASKED = "not asked of this variant"


@dataclass(frozen=True)
class Figure:
    """`number` and `interval` are as `numbers.parts` writes them, `unit` stands behind; `words` where there is none.

    `notes` become footnotes; `key` tells the record and `asides` are what its probe remarked, both of which stand in
    a comment. `is_apart` takes it out of the column's decimal alignment, being of another kind.
    """

    number: str = ""
    interval: str = ""
    unit: str = ""
    words: str = ""
    rank: Rank | None = None
    stars: int = 0
    notes: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    is_apart: bool = False
    key: str = ""

    @property
    def is_hole(self) -> bool:
        """Whether nothing was measured here and nothing failed."""
        return self.words == NONE


@dataclass(frozen=True)
class Reading:
    """One metric under one use of a probe at a scale: the entry of each variant, and how its numbers are written."""

    account: Account
    scale: Scale
    use: ProbeUse
    metric: Metric
    variants: tuple[Variant, ...]

    @cached_property
    def entries(self) -> dict[str, Entry]:
        found = {each.name: self.account.entry(self.scale, self.use, each) for each in self.variants}
        return {name: entry for name, entry in found.items() if entry is not None}

    @cached_property
    def style(self) -> Style:
        """Counts in M or G, as a column of a paper has no room for their digits."""
        known = [estimate_of(entry, self.metric) for entry in self.entries.values()]
        return axis_style(self.metric, max((abs(each.value) for each in known if each), default=0.0))

    @property
    def is_measured(self) -> bool:
        return any(not isinstance(entry.outcome, Skipped) for entry in self.entries.values())

    @cached_property
    def images(self) -> set[Json]:
        return {fact(entry, "images") for entry in self.entries.values()} - {None}

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Notes that hold of every variant that was measured: they belong to the head of the column."""
        told = list(self._remarks.values())
        return tuple(note for note in told[0] if all(note in other for other in told)) if told else ()

    @cached_property
    def _remarks(self) -> dict[str, tuple[str, ...]]:
        """What the probe remarked of each variant; of a count, which nothing disturbs, nothing.

        Remarks that differ in their numbers alone are told once, without these.
        """
        if self.metric.exact:
            return {}
        told = {
            name: entry.outcome.notes for name, entry in self.entries.items() if isinstance(entry.outcome, Measured)
        }
        forms: dict[str, set[str]] = {}
        for note in chain.from_iterable(told.values()):
            forms.setdefault(_numberless(note), set()).add(note)
        several = {form for form, notes in forms.items() if len(notes) > 1}
        return {
            name: tuple(_numberless(note) if _numberless(note) in several else note for note in notes)
            for name, notes in told.items()
        }

    @cached_property
    def values(self) -> tuple[Figure, ...]:
        """The metric's own value of each variant, ranked, with the stars of its change."""
        entries, style = self.entries, self.style
        ranked = self._ranks(entries, style)
        figures = (self._value(entries.get(each.name), style, ranked.get(each.name)) for each in self.variants)
        return tuple(replace(figure, key=self.key(each)) for figure, each in zip(figures, self.variants, strict=True))

    def key(self, variant: Variant) -> str:
        """`latency_ms=1a2b…`: the metric and its record; empty where there is none."""
        entry = self.entries.get(variant.name)
        return f"{self.metric.name}={entry.record.key}" if entry and entry.record else ""

    def changes(self) -> tuple[Figure, ...]:
        """What each variant differs from the reference, whose own value it gives instead; ranked by the values."""
        return tuple(
            self._reference(value) if each.name == self.account.suite.reference else self._change(value, each)
            for value, each in zip(self.values, self.variants, strict=True)
        )

    def _ranks(self, entries: dict[str, Entry], style: Style) -> dict[str, Rank]:
        """Exact counts that read the same are ranked the same."""
        found = ranks(self.account, entries, self.metric)
        if not self.metric.exact:
            return found
        known = {name: estimate_of(entry, self.metric) for name, entry in entries.items()}
        shown = {name: parts(each, style)[0] for name, each in known.items() if each}
        best: dict[str, Rank] = {shown[name]: rank for name, rank in reversed(found.items())}
        return {name: best[text] for name, text in shown.items() if text in best}

    def _value(self, entry: Entry | None, style: Style, rank: Rank | None) -> Figure:
        known = estimate_of(entry, self.metric)
        if entry is None or known is None:
            return hole(entry, self.metric)
        number, interval = parts(known, replace(style, signed=False))
        if number == NONE:
            return Figure(words=NONE, notes=("not a finite number",))
        change = self._against_reference(entry)
        count = stars(self.account, entry, change.estimate if change else None, self.metric)
        asides = tuple(each for each in self._remarks.get(entry.trial.variant.name, ()) if each not in self.shared)
        return Figure(number, interval, "", "", rank, count, tuple(self._notes(entry, known)), asides)

    def _change(self, value: Figure, variant: Variant) -> Figure:
        entry = self.entries.get(variant.name)
        change = self._against_reference(entry) if entry else None
        if value.words:
            return value
        if change is None:
            return self._reference(value)
        style = form_style(change.form, self.metric, change.estimate.value)
        number, interval = parts(change.estimate, style)
        return replace(value, number=number, interval=interval, unit=style.unit)

    def _reference(self, value: Figure) -> Figure:
        return value if value.words else replace(value, is_apart=True, unit=self.style.unit)

    def _against_reference(self, entry: Entry) -> Change | None:
        if entry.trial.variant.name == self.account.suite.reference:
            return None
        paired = difference_of(self.account, entry, self.metric)
        return change_of(entry, reference_entry(self.account, self.scale, self.use), self.metric, paired)

    def _notes(self, entry: Entry, known: Estimate) -> Iterator[str]:
        """Whatever sets a number apart from its column: how well it is known, over what, and where."""
        if not stats.decisive(known):
            yield ONE_TRAINING if is_trained(entry) else NO_INTERVAL
        elif is_accuracy(self.use, self.metric) and is_trained(entry) and trainings(entry, self.metric) < 2:
            yield ONE_TRAINING
        if len(self.images) > 1 and fact(entry, "images") is not None:
            yield f"over {fact(entry, 'images')} images"
        if is_accuracy(self.use, self.metric) and is_random(entry):
            yield RANDOM
        if names := differing(self.account, entry):
            yield f"measured where this differs: {', '.join(names)}"


def hole(entry: Entry | None, metric: Metric) -> Figure:
    """Where there is no number, and why."""
    if entry is None:
        return Figure(words=NONE, notes=(NOT_ASKED,))
    match entry.outcome:
        case Skipped(reason, _):
            return Figure(words=NONE, notes=(reason,))
        case Failed(error):
            return Figure(words="failed", notes=(f"failed: {error}",))
    return Figure(words=NONE, notes=(why_missing(entry, metric),))


def _numberless(note: str) -> str:
    return re.sub(r"\d+(\.\d+)?", "…", note)


def ascii_number(text: str) -> str:
    """A number of `numbers.parts` as siunitx reads it: no grouping, an ASCII minus."""
    return text.replace(",", "").replace(MINUS, "-").lstrip("×")
