"""The comparison tables: every variant at one scale, reported | measured ± interval | change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from benchbench import stats
from benchbench.report import differences
from benchbench.report.account import Account
from benchbench.report.conditions import condition_text, probe_notes
from benchbench.report.findings import stated
from benchbench.report.numbers import NONE, Style, form_style, metric_style, parts, raised, unbroken, written
from benchbench.report.values import (
    change_of,
    difference_of,
    estimate_of,
    fact,
    finite,
    headlines,
    is_accuracy,
    is_random,
    is_trained,
    trainings,
    why_missing,
)
from benchbench.types import Cell, Entry, Estimate, Failed, Measured, Metric, ProbeUse, Scale, Skipped, Table, Variant

ALL_RANDOM = "Every model of this table has random weights: they do not change cost, and an accuracy says nothing."
GROUPS = {
    "size": "Size and computation",
    "structure": "Size and computation",
    "flops": "Size and computation",
    "latency": "Speed",
    "encoder-latency": "Speed",
    "throughput": "Speed",
    "throughput-sweep": "Speed",
    "peak-memory": "Memory",
    "train-step": "Training",
    "train-memory": "Training",
    "drift": "Drift from the reference",
}
"""What the columns of a probe are about; of every other one: accuracy."""
ONE_TRAINING = "of one training only: another seed would give another number, and how far off is not known"


@dataclass(frozen=True)
class Column:
    """One metric of one use of a probe; `images` tells that each cell must name their number.

    `versus` tells that it is the difference to the reference over the same images, beside the metric's own column;
    `leads` that it is the first of its probe, where the notes of a trial stand. `entries` and `estimates` are those of
    each variant that has one, by its name.
    """

    use: ProbeUse
    metric: Metric
    heading: str
    style: Style
    entries: Mapping[str, Entry]
    estimates: Mapping[str, Estimate]
    images: bool = False
    versus: bool = False
    leads: bool = True


@dataclass
class Footnotes:
    """Numbered as they are first used; equal ones once."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> int:
        text = unbroken(text)
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def comparisons(account: Account) -> tuple[Table, ...]:
    """One table per scale at which something was tried, the scales in the suite's order and never mixed.

    Where nothing was tried at any, all that have entries get theirs, empty as it is.
    """
    present = [scale for scale in account.suite.scales if account.at_scale(scale)]
    tried = [
        scale for scale in present if not all(isinstance(each.outcome, Skipped) for each in account.at_scale(scale))
    ]
    return tuple(_table(account, scale) for scale in tried or present)


def _table(account: Account, scale: Scale) -> Table:
    footnotes = Footnotes()
    columns = tuple(_columns(account, scale))
    shown, untouched = _shown(account, scale)
    alike = _all_random(account, scale)
    rows = tuple(
        (
            _name(account, scale, variant, alike),
            *(_traced(account, scale, variant, column, footnotes) for column in columns),
        )
        for variant in shown
    )
    return Table(
        name=f"comparison-{scale.name}",
        title=f"{scale.title} (scale “{scale.name}”)",
        columns=("Variant", *(column.heading for column in columns)),
        rows=rows,
        notes=(
            *_weights_note(account, scale),
            *_untouched_note(untouched),
            *differences.notes(account, scale),
            *probe_notes(account, scale),
        ),
        footnotes=tuple(footnotes.texts),
        align="l" + "r" * len(columns),
        groups=_groups(columns),
    )


def _shown(account: Account, scale: Scale) -> tuple[tuple[Variant, ...], tuple[Variant, ...]]:
    """Variants of which something was measured or failed here, and the others; all of them where there is none."""
    touched = {entry.trial.variant.name for entry in account.at_scale(scale) if not isinstance(entry.outcome, Skipped)}
    known = account.variants(scale)
    shown = tuple(variant for variant in known if variant.name in touched)
    return (shown, tuple(variant for variant in known if variant.name not in touched)) if shown else (known, ())


def _untouched_note(untouched: Sequence[Variant]) -> Iterator[str]:
    if untouched:
        names = ", ".join(variant.name for variant in untouched)
        yield f"Nothing was measured at this scale of {names}; “Skipped and failed” says why."


def _groups(columns: tuple[Column, ...]) -> tuple[tuple[str, int], ...]:
    """What neighbouring columns are about, over them; none where it is all one."""
    spans = [
        (name, len(tuple(same))) for name, same in groupby(GROUPS.get(each.use.name, "Accuracy") for each in columns)
    ]
    return (("", 1), *spans) if len(spans) > 1 else ()


def _columns(account: Account, scale: Scale) -> Iterator[Column]:
    uses = account.uses(scale)
    for use in uses:
        several = sum(other.name == use.name for other in uses) > 1
        for place, name in enumerate(headlines(account, use) or ()):
            column = replace(_column(account, scale, use, account.metric(name), several), leads=not place)
            yield column
            if differences.is_paired(account, scale, use, column.metric):
                yield replace(column, heading=differences.heading(account, column.heading), images=False, versus=True)


def _column(account: Account, scale: Scale, use: ProbeUse, metric: Metric, several: bool) -> Column:
    asked = ((variant.name, account.entry(scale, use, variant)) for variant in account.variants(scale))
    entries = {name: entry for name, entry in asked if entry is not None}
    told = ((name, estimate_of(entry, metric)) for name, entry in entries.items())
    estimates = {name: found for name, found in told if found is not None}
    style = metric_style(metric, max((abs(found.value) for found in estimates.values()), default=0.0))
    images = {fact(entry, "images") for entry in entries.values()} - {None}
    unit = f", {style.unit}" if style.unit and style.unit != metric.title else ""
    heading = [raised(metric.title) + unit]
    if several:
        heading.append(condition_text(use.condition))
    if len(images) == 1:
        heading.append(f"{next(iter(images))} images")
    return Column(use, metric, " · ".join(heading), style, entries, estimates, len(images) > 1)


def _name(account: Account, scale: Scale, variant: Variant, alike: bool) -> Cell:
    """`alike` tells that all weights of the table are random, which its note says."""
    lines = [Cell(variant.title)] if variant.title and variant.title != variant.name else []
    if variant.name == account.suite.reference:
        lines.append(Cell("reference", tone="aside"))
    if not alike and _is_random(account, scale, variant):
        lines.append(Cell("random weights", tone="random"))
    order = float(account.place(variant))
    return Cell(variant.name, sort=order, tone="name", detail=variant.note, lines=tuple(lines))


def _weights_note(account: Account, scale: Scale) -> tuple[str, ...]:
    return (ALL_RANDOM,) if _all_random(account, scale) else ()


def _all_random(account: Account, scale: Scale) -> bool:
    return all(_is_random(account, scale, variant) for variant in account.variants(scale))


def _is_random(account: Account, scale: Scale, variant: Variant) -> bool:
    return any(is_random(account.entry(scale, use, variant)) for use in account.uses(scale))


def _traced(account: Account, scale: Scale, variant: Variant, column: Column, footnotes: Footnotes) -> Cell:
    """The cell with the key of its record."""
    cell = _cell(account, scale, variant, column, footnotes)
    entry = column.entries.get(variant.name)
    return replace(cell, record=entry.record.key) if entry is not None and entry.record is not None else cell


def _cell(account: Account, scale: Scale, variant: Variant, column: Column, footnotes: Footnotes) -> Cell:
    entry, found = column.entries.get(variant.name), column.estimates.get(variant.name)
    if entry is None or found is None:
        return _hole(entry, column.metric, footnotes)
    if column.versus:
        return differences.cell(account, entry, column.metric, column.style, footnotes.mark)
    number, interval = parts(found, column.style)
    notes = [*(entry.outcome.notes if column.leads and isinstance(entry.outcome, Measured) else ())]
    if not stats.decisive(found):
        notes.append(found.scope)
    elif is_accuracy(column.use, column.metric) and is_trained(entry) and trainings(entry, column.metric) < 2:
        notes.append(ONE_TRAINING)
    return Cell(
        number,
        sort=finite(found.value),
        tone="measured",
        detail=found.scope,
        lines=(*_interval(interval), *_beside(account, scale, variant, column, entry)),
        marks=tuple(footnotes.mark(note) for note in notes),
    )


def _interval(interval: str) -> tuple[Cell, ...]:
    return (Cell(interval, tone="interval"),) if interval else ()


def _hole(entry: Entry | None, metric: Metric, footnotes: Footnotes) -> Cell:
    """A cell without a number says why: skipped and failed are outcomes, never holes."""
    if entry is None:
        return Cell(NONE, tone="skipped", marks=(footnotes.mark("not asked of this variant"),))
    match entry.outcome:
        case Skipped(reason, remedy):
            why = f"{reason} ({remedy})" if remedy else reason
            return Cell(NONE, tone="skipped", detail=why, marks=(footnotes.mark(why),))
        case Failed(error):
            return Cell("failed", tone="failed", detail=error, marks=(footnotes.mark(f"failed: {error}"),))
    return Cell(NONE, tone="skipped", marks=(footnotes.mark(why_missing(entry, metric)),))


def _beside(account: Account, scale: Scale, variant: Variant, column: Column, entry: Entry) -> Iterator[Cell]:
    """Change against the reference, reported values, number of images, random weights."""
    metric, reference = column.metric, account.suite.reference
    is_change_shown = variant.name != reference and difference_of(account, entry, metric) is None
    change = change_of(entry, column.entries.get(reference), metric) if is_change_shown else None
    if change is not None:
        text = written(change.estimate, form_style(change.form, metric, change.estimate.value))
        yield Cell(text, label="Δ", tone="change", sort=change.estimate.value, detail=change.estimate.scope)
    for label, value, source in reported(account, scale, variant, metric):
        yield Cell(value, label=label, tone="quoted", detail=source)
    if column.images:
        yield Cell(f"{fact(entry, 'images')} images", tone="aside")
    if is_accuracy(column.use, metric) and is_random(entry):
        yield Cell("random weights", tone="random")


def reported(account: Account, scale: Scale, variant: Variant, metric: Metric) -> tuple[tuple[str, str, str], ...]:
    """(label, value as stated, source) of every claim about this number; several readings may state the same."""
    suite = account.suite
    found: dict[tuple[str, str], str] = {}
    for claim in suite.claims:
        own = claim.source.document == suite.document.title
        for reading in claim.readings:
            about = claim.scale == scale.name and reading.variant == variant.name and reading.metric == metric.name
            if about and reading.range is not None and claim.kind != "fact":
                against = f" vs {reading.versus}" if reading.versus not in ("", suite.reference) else ""
                label = ("reported" if own else "primary source") + against
                found.setdefault((label, stated(reading)), f"{claim.source.document}: {claim.source.words}")
    return tuple((label, value, source) for (label, value), source in found.items())
