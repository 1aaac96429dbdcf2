"""Scores taken apart: what each kind of error costs, and how a score differs by class, of every variant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchbench.report.account import Account, is_same
from benchbench.report.conditions import condition_text
from benchbench.report.numbers import NONE, joined, plain
from benchbench.report.plots import Bar, Panel, Plot
from benchbench.report.values import finite
from benchbench.types import Cell, ProbeUse, Scale, Split, Table, Variant

WIDEST = 12
"""Parts that stand side by side; more stand in rows, with variants beside one another."""
MOST_VARIANTS = 7
"""Beside the reference, where variants are columns."""
MOST_SERIES = 3
"""Beside the reference, in a drawing."""


@dataclass(frozen=True)
class Part:
    """One variant's score taken apart in one way; the mean of so many `trainings` where it was trained."""

    variant: str
    split: Split
    trainings: int = 1


@dataclass(frozen=True)
class Way:
    """One way of taking a score apart, at one scale under one use of a probe: the reference comes first.

    `condition` is told where other uses of the probe have another.
    """

    name: str
    scale: Scale
    parts: tuple[Part, ...]
    condition: str = ""

    @property
    def first(self) -> Split:
        return self.parts[0].split


def split_tables(account: Account) -> tuple[Table, ...]:
    """A table for each scale, probe and way: variants by parts, or parts by variants where the parts are many."""
    return tuple(_long(way) if len(way.first.parts) > WIDEST else _wide(account, way) for way in _ways(account))


def split_plots(account: Account) -> tuple[Plot, ...]:
    """A drawing of each way with few parts: the reference and a few variants, from the best to the worst."""
    return tuple(_plot(way) for way in _ways(account) if 1 < len(way.first.parts) <= WIDEST)


def _ways(account: Account) -> Iterator[Way]:
    for scale in account.suite.scales:
        for number, use in enumerate(account.uses(scale)):
            found = [part for variant in account.variants(scale) for part in _parts(account, scale, use, variant)]
            found.sort(key=lambda part: part.variant != account.suite.reference)
            several = sum(other.name == use.name for other in account.uses(scale)) > 1
            for name in dict.fromkeys(part.split.name for part in found):
                parts = tuple(part for part in found if part.split.name == name)
                told = condition_text(use.condition) if several else ""
                yield Way(f"{name}-{use.name}-{number}-{scale.name}", scale, parts, told)


def _parts(account: Account, scale: Scale, use: ProbeUse, variant: Variant) -> Iterator[Part]:
    """Each way in which the variant's score was taken apart; of several trainings their mean."""
    entries = [entry for entry in account.told(scale, variant) if is_same(entry.trial.probe, use)]
    identities = dict.fromkeys(entry.trial.identity for entry in entries)
    found = [split for identity in identities for split in account.splits.get(identity, ())]
    for name in dict.fromkeys(split.name for split in found):
        alike = [split for split in found if split.name == name]
        yield Part(variant.name, _mean(alike), len(alike))


def _mean(splits: Sequence[Split]) -> Split:
    """The mean of each part over those that have it, in the order of the first."""
    by_part: dict[str, list[float]] = {}
    for split in splits:
        for name, value in split.parts:
            by_part.setdefault(name, []).append(value)
    wholes = [split.whole for split in splits if split.whole is not None]
    return replace(
        splits[0],
        parts=tuple((name, sum(values) / len(values)) for name, values in by_part.items()),
        whole=sum(wholes) / len(wholes) if wholes else None,
    )


def _wide(account: Account, way: Way) -> Table:
    names = _names(way)
    has_whole = any(part.split.whole is not None for part in way.parts)
    rows = tuple(
        (
            Cell(part.variant, sort=float(number), tone="name", lines=_about(account, part)),
            *([_cell(part.split.whole, way.first)] if has_whole else []),
            *(_cell(dict(part.split.parts).get(name), way.first) for name in names),
        )
        for number, part in enumerate(way.parts)
    )
    whole = [_heading(way.first.whole_title, way.first)] if has_whole else []
    columns = ("Variant", *whole, *(_heading(name, way.first) for name in names))
    return Table(way.name, _title(way), columns, rows, notes=_notes(way), align="l" + "r" * (len(columns) - 1))


def _long(way: Way) -> Table:
    shown = _spread(way, MOST_VARIANTS)
    rows = tuple(
        (
            Cell(name, sort=float(number), tone="name"),
            *(_cell(dict(part.split.parts).get(name), way.first) for part in shown),
        )
        for number, name in enumerate(_names(way))
    )
    left = [part.variant for part in way.parts if part not in shown]
    notes = (*_notes(way), *([f"Not shown: {', '.join(left)}; the data hold all."] if left else []))
    columns = ("Part", *(part.variant for part in shown))
    return Table(way.name, _title(way), columns, rows, notes=notes, align="l" + "r" * len(shown))


def _plot(way: Way) -> Plot:
    shown = _spread(way, MOST_SERIES)
    tables = [dict(part.split.parts) for part in shown]
    bars = tuple(
        Bar(
            label=name.partition(" (")[0],
            values=tuple(None if name not in table else max(0.0, table[name]) * _factor(way.first) for table in tables),
            texts=tuple(_text(table.get(name), way.first) for table in tables),
        )
        for name in _names(way)
    )
    top = max((value for bar in bars for value in bar.values if value is not None), default=0.0)
    panel = Panel(
        name=f"drawn-{way.name}",
        title=way.first.title,
        description=_wholes(way.first.whole_title, shown),
        y=way.first.unit,
        top=top or 1.0,
        bars=bars,
        is_upright=True,
    )
    left = [part.variant for part in way.parts if part not in shown]
    words = f"Not drawn: {', '.join(left)}; the table below has all." if left else ""
    return Plot(f"plot-{way.name}", _title(way), words, (panel,), tuple(part.variant for part in shown))


def _wholes(title: str, parts: Sequence[Part]) -> str:
    """The scores that were taken apart: "AP50: base 97.5 pt, layers 6.2 pt"."""
    told = [f"{each.variant} {_text(each.split.whole, each.split)}" for each in parts if each.split.whole is not None]
    return f"{title}: {', '.join(told)}" if told else ""


def _spread(way: Way, most: int) -> tuple[Part, ...]:
    """The first, and of the others so many, evenly from the best to the worst."""
    first, *others = way.parts
    if len(others) <= most:
        return way.parts
    order = sorted(others, key=lambda part: -(part.split.whole or 0.0))
    picked = {order[round(index * (len(order) - 1) / (most - 1))].variant for index in range(most)}
    return (first, *(part for part in others if part.variant in picked))


def _names(way: Way) -> tuple[str, ...]:
    """Every part once, in the order in which they are first met."""
    return tuple(dict.fromkeys(name for part in way.parts for name, _ in part.split.parts))


def _about(account: Account, part: Part) -> tuple[Cell, ...]:
    words = ["reference"] if part.variant == account.suite.reference else []
    words += [f"mean of {part.trainings} trainings"] if part.trainings > 1 else []
    return tuple(Cell(each, tone="aside") for each in words)


def _cell(value: float | None, split: Split) -> Cell:
    if value is None:
        return Cell(NONE, tone="skipped")
    return Cell(
        _text(value, split).removesuffix(f"\N{NO-BREAK SPACE}{split.unit}"), sort=finite(value), tone="measured"
    )


def _text(value: float | None, split: Split) -> str:
    if value is None or finite(value) is None or (split.unit == "pt" and value <= -1):
        return NONE
    return joined(plain(value * _factor(split), _digits(split)), split.unit)


def _factor(split: Split) -> float:
    """Points are fractions shown times a hundred."""
    return 100.0 if split.unit == "pt" else 1.0


def _digits(split: Split) -> int:
    whole = all(value == int(value) for _, value in split.parts if finite(value) is not None)
    return 1 if split.unit == "pt" else 0 if whole else 3


def _heading(name: str, split: Split) -> str:
    return f"{name}, {split.unit}" if split.unit else name


def _title(way: Way) -> str:
    return ", ".join(filter(None, (way.first.title, f"scale “{way.scale.name}”", way.condition)))


def _notes(way: Way) -> tuple[str, ...]:
    """What is true of every variant once; what differs (after a "; ") behind the names of those of which it is true."""
    told = {part.variant: part.split.note.split("; ") for part in way.parts if part.split.note}
    clauses = dict.fromkeys(clause for each in told.values() for clause in each)
    of = {clause: [name for name, each in told.items() if clause in each] for clause in clauses}
    everyone = [clause for clause, names in of.items() if len(names) == len(way.parts)]
    others = [f"{', '.join(names)}: {clause}" for clause, names in of.items() if clause not in everyone]
    return (*(["; ".join(everyone)] if everyone else []), *others)
