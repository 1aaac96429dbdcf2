"""The layouts: which numbers stand where in a table for a paper, and what is said under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchbench.report import differences
from benchbench.report.account import Account
from benchbench.report.conditions import condition_text, probe_notes
from benchbench.report.numbers import SPACE, lowered, raised
from benchbench.report.paper.figures import Figure, Reading
from benchbench.report.values import estimate_of, headlines
from benchbench.types import Scale, Skipped, Variant

ARROWS = {"lower": f"{SPACE}↓", "higher": f"{SPACE}↑", "neither": ""}
RANKED = (
    "Bold: the best and all that cannot be told apart from it; underlined: the next, likewise (intervals of what two "
    "variants differ by)."
)
STARS = (
    "* differs from {reference}: the 95 % interval of the difference leaves out zero; ** p < 0.01, *** p < 0.001 of a "
    "paired test over the same images; not corrected for the number of comparisons."
)
LONGEST = 400
"""Characters of a note; the record tells the rest."""
INTERVALS = "Subscripts are 95 % intervals: {scopes}."


@dataclass(frozen=True)
class Column:
    """`title` is broken into lines where it is set; `notes` are footnotes of its head."""

    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table before it is set: `stub` heads the rows' labels.

    Where there are `headings`, a row may begin with one, over all the rows up to the next.
    """

    name: str
    title: str
    stub: str
    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    headings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[int, ...]:
        """Where rows begin that are not parted, and where the last end."""
        starts = (place for place in range(len(self.labels)) if not self.headings or self.headings[place])
        return (*starts, len(self.labels))


def wide(account: Account, scale: Scale) -> Grid:
    """Variants in rows, the headline metrics in columns."""
    return _by_variant(account, scale, _values, "")


def delta(account: Account, scale: Scale) -> Grid:
    """As `wide`, with the reference's values and of every other variant what it differs by."""
    return _by_variant(account, scale, Reading.changes, ": changes against {reference}")


def long(account: Account, scale: Scale) -> Grid:
    """A row for each variant and metric: its value, and what it differs from the reference by."""
    readings = readings_of(account, scale)
    shown = shown_variants(account, scale)
    named = labels(shown)
    rows = [
        (named[variant.name] if not place else "", reading, variant)
        for variant in shown
        for place, reading in enumerate(readings)
    ]
    values = {id(reading): dict(zip(_names(shown), reading.values, strict=True)) for reading in readings}
    changes = {id(reading): dict(zip(_names(shown), reading.changes(), strict=True)) for reading in readings}
    return Grid(
        name=f"{account.suite.name}-{scale.name}-long",
        title=scale.title,
        stub="Metric",
        labels=tuple(metric_title(reading) for _, reading, _ in rows),
        headings=tuple(label for label, _, _ in rows),
        columns=(
            Column("Value", tuple(replace(values[id(reading)][each.name], stars=0) for _, reading, each in rows)),
            Column("Change", tuple(_only_change(changes[id(reading)][each.name]) for _, reading, each in rows)),
        ),
        notes=tuple(_notes(account, scale, readings)),
    )


def _values(reading: Reading) -> tuple[Figure, ...]:
    return reading.values


def _by_variant(account: Account, scale: Scale, take: Callable[[Reading], tuple[Figure, ...]], suffix: str) -> Grid:
    readings, shown = readings_of(account, scale), shown_variants(account, scale)
    named = labels(shown)
    return Grid(
        name=f"{account.suite.name}-{scale.name}" + ("-delta" if suffix else ""),
        title=scale.title + suffix.format(reference=account.suite.reference),
        stub="Variant",
        labels=tuple(named[variant.name] for variant in shown),
        columns=tuple(Column(metric_title(each), take(each), _head_notes(each, readings)) for each in readings),
        notes=tuple(_notes(account, scale, readings)),
    )


def readings_of(account: Account, scale: Scale) -> tuple[Reading, ...]:
    """The headline metrics that were measured, or tried, of any variant."""
    shown = shown_variants(account, scale)
    found = (
        Reading(account, scale, use, account.metric(name), shown)
        for use in account.uses(scale)
        for name in headlines(account, use)
    )
    return tuple(reading for reading in found if reading.is_measured)


def shown_variants(account: Account, scale: Scale) -> tuple[Variant, ...]:
    """Those of which anything was measured, or tried, the reference first."""
    tried = {entry.trial.variant.name for entry in account.at_scale(scale) if not isinstance(entry.outcome, Skipped)}
    shown = [variant for variant in account.variants(scale) if variant.name in tried]
    return tuple(sorted(shown, key=lambda variant: variant.name != account.suite.reference))


def labels(shown: tuple[Variant, ...]) -> dict[str, str]:
    """What a variant is called: its title, with its name where another has the same."""
    titles = [variant.title or variant.name for variant in shown]
    return {
        variant.name: title if titles.count(title) == 1 else f"{title} ({variant.name})"
        for variant, title in zip(shown, titles, strict=True)
    }


def metric_title(reading: Reading) -> str:
    """`Latency [ms] ↓`, with the number of images where it is the same for all."""
    unit = reading.style.unit
    named = raised(reading.metric.title) + (f" [{unit}]" if unit and unit != reading.metric.title else "")
    images = f" ({next(iter(reading.images))}{SPACE}images)" if len(reading.images) == 1 else ""
    return named + images + ARROWS[reading.metric.better]


def _only_change(figure: Figure) -> Figure:
    """What the value's own cell says already is not said again beside it."""
    return Figure() if figure.is_apart or figure.words else replace(figure, rank=None, notes=())


def _head_notes(reading: Reading, readings: tuple[Reading, ...]) -> tuple[str, ...]:
    """The condition, where a probe was used under several; and what holds of the whole column."""
    uses = {str(other.use) for other in readings if other.use.name == reading.use.name}
    return (*((condition_text(reading.use.condition),) if len(uses) > 1 else ()), *reading.shared)


def _notes(account: Account, scale: Scale, readings: tuple[Reading, ...]) -> Iterator[str]:
    figures = [figure for reading in readings for figure in reading.values]
    if any(figure.rank for figure in figures):
        yield RANKED
    if any(figure.stars for figure in figures):
        yield STARS.format(reference=account.suite.reference)
    scopes = dict.fromkeys(scope for reading in readings if (scope := _scope(reading)))
    if scopes:
        yield INTERVALS.format(scopes="; ".join(scopes))
    yield from differences.notes(account, scale)
    yield from probe_notes(account, scale)
    yield from _unmeasured(account, scale)


def _scope(reading: Reading) -> str:
    """What the intervals of a column are over."""
    known = (estimate_of(entry, reading.metric) for entry in reading.entries.values())
    found = dict.fromkeys(each.scope.replace("95 % ", "") for each in known if each and each.low != each.high)
    return f"{lowered(reading.metric.title)}, {' or '.join(found)}" if found else ""


def _unmeasured(account: Account, scale: Scale) -> Iterator[str]:
    """Probes of which nothing was measured here, and why; and variants."""
    for use in account.uses(scale):
        outcomes = [entry.outcome for entry in account.at_scale(scale) if entry.trial.probe == use]
        reasons = dict.fromkeys(each.reason for each in outcomes if isinstance(each, Skipped))
        if outcomes and headlines(account, use) and all(isinstance(each, Skipped) for each in outcomes):
            yield f"Not measured: {use.name} ({'; '.join(reasons)})."
    shown = _names(shown_variants(account, scale))
    left = [variant.name for variant in account.variants(scale) if variant.name not in shown]
    if left:
        yield f"Nothing was measured of {', '.join(left)}."


def _names(shown: tuple[Variant, ...]) -> tuple[str, ...]:
    return tuple(variant.name for variant in shown)


def shortened(text: str) -> str:
    """Text, its end left out where it is long."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
