"""The layouts: which numbers of a scale stand where in a table for a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from benchbench.report.account import Account
from benchbench.report.conditions import condition_text
from benchbench.report.paper.columns import Column, column, heading, protocol
from benchbench.report.paper.figures import Figure, Reading
from benchbench.report.paper.grids import Grid
from benchbench.report.paper.notes import notes, reasons
from benchbench.report.values import headlines
from benchbench.types import NOWHERE, Scale, Skipped, Variant

Told = Callable[[tuple[Column, ...]], Iterator[str]]


def wide(account: Account, scale: Scale) -> Grid:
    """Variants in rows, the headline metrics in columns."""
    return _by_variant(account, scale, _values, "")


def delta(account: Account, scale: Scale) -> Grid:
    """As `wide`, with the reference's values and of every other variant what it differs by."""
    return _by_variant(account, scale, Reading.changes, ": changes against {reference}")


def long(account: Account, scale: Scale) -> Grid:
    """A row for each variant and metric that was measured of it: its value, and its change against the reference."""
    readings, shown = readings_of(account, scale), shown_variants(account, scale)
    named = labels(shown)
    cells = [
        (variant, reading, value, change)
        for place, variant in enumerate(shown)
        for reading, values, changes in ((each, each.values, each.changes()) for each in readings)
        if not (value := values[place]).is_hole
        for change in (changes[place],)
    ]
    first = [not place or cells[place - 1][0] != variant for place, (variant, *_) in enumerate(cells)]
    return Grid(
        name=f"{account.suite.name}-{scale.name}-long",
        title=scale.title,
        stub="Metric",
        labels=tuple(heading(reading).replace("\n", " ") for _, reading, _, _ in cells),
        headings=tuple(named[each[0].name] if begins else "" for each, begins in zip(cells, first, strict=True)),
        marks=tuple(_head_notes(reading, readings) for _, reading, _, _ in cells),
        columns=(
            Column("Value", tuple(replace(value, stars=0) for _, _, value, _ in cells)),
            Column("Change", tuple(_only_change(change) for _, _, _, change in cells)),
        ),
        told=lambda _: notes(account, scale, readings, shown),
        asides=tuple(reasons(account, scale)),
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
        groups=tuple(_group(variant) for variant in shown),
        columns=tuple(column(each, take(each), readings) for each in readings),
        told=_told(account, scale, readings, shown),
        asides=tuple(reasons(account, scale)),
    )


def _told(account: Account, scale: Scale, readings: Sequence[Reading], shown: Sequence[Variant]) -> Told:
    """The notes of the columns that are shown."""

    def found(columns: tuple[Column, ...]) -> Iterator[str]:
        kept = [each for each in readings if any(other.is_of(each.use, each.metric.name) for other in columns)]
        return notes(account, scale, kept, shown)

    return found


def _group(variant: Variant) -> str:
    """Variants of one matrix are written in one place."""
    return variant.name if variant.place == NOWHERE else str(variant.place.line)


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


def _head_notes(reading: Reading, readings: Sequence[Reading]) -> tuple[str, ...]:
    """The condition, where a metric stands under several; and what holds of all its scores."""
    uses = {str(other.use) for other in readings if other.metric.name == reading.metric.name}
    return (*((condition_text(reading.use.condition),) if len(uses) > 1 else ()), *protocol(reading))


def _only_change(figure: Figure) -> Figure:
    """What the value's own cell says already is not said again beside it."""
    return Figure() if figure.is_apart or figure.words else replace(figure, rank=None, notes=(), asides=())
