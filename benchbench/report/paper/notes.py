"""What is said under a table for a paper, in as few lines as tell a reader how to take its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchbench import twins
from benchbench.report.account import Account
from benchbench.report.conditions import MARK, condition_text
from benchbench.report.numbers import lowered
from benchbench.report.paper.columns import short
from benchbench.report.paper.figures import Figure, Reading
from benchbench.report.values import differences_of, estimate_of, headlines, is_random, measurement
from benchbench.types import Entry, Estimate, Measurement, Scale, Skipped, Variant

RANKED = "Bold: the best and all that noise does not tell from it; underlined: the next, likewise."
STARS = "* differs from {reference} (95 % interval of the change)"
PAIRED = "; ** p < 0.01, *** p < 0.001 over the same images ({tests}), not corrected for the number of comparisons"
INTERVALS = "Subscripts are 95 % intervals: {scopes}."
ERRORS = "Subscripts of {scopes}."
ALL_RANDOM = "All weights are random, which changes no cost."
NAMED = 4
"""Variants without a number that are named; of more, their number is told."""


def notes(account: Account, scale: Scale, readings: Sequence[Reading], shown: Sequence[Variant]) -> Iterator[str]:
    """Of the columns that a table shows at a scale."""
    figures = [figure for reading in readings for figure in reading.values]
    if any(figure.rank for figure in figures):
        yield RANKED
    yield from _stars(account, scale, figures)
    yield from _intervals(readings)
    yield from _conditions(readings)
    if all(is_random(entry) for entry in account.at_scale(scale) if entry.record is not None):
        yield ALL_RANDOM
    yield from _unmeasured(account, scale, shown)


def reasons(account: Account, scale: Scale) -> Iterator[str]:
    """For a comment: which probes measured nothing here and why, and which variants have no number."""
    for name, entries in _by_probe(account, scale).items():
        told = dict.fromkeys(each.outcome.reason for each in entries if isinstance(each.outcome, Skipped))
        if all(isinstance(each.outcome, Skipped) for each in entries):
            yield f"not measured: {name} ({'; '.join(told)})"


def _stars(account: Account, scale: Scale, figures: Sequence[Figure]) -> Iterator[str]:
    if any(figure.stars for figure in figures):
        compared = (differences_of(account, entry) for entry in account.at_scale(scale))
        tests = dict.fromkeys(found.test for differences in compared for found in differences.values())
        paired = PAIRED.format(tests="; ".join(tests)) if tests else ""
        yield STARS.format(reference=account.suite.reference) + paired + "."


def _intervals(readings: Sequence[Reading]) -> Iterator[str]:
    """What the intervals are over, columns of one kind together; those that are a reading's error apart."""
    for words, covering in ((INTERVALS, False), (ERRORS, True)):
        scopes = _scopes(each for each in readings if bool(each.metric.covers) == covering)
        if scopes:
            told = (f"{', '.join(dict.fromkeys(names))}: {scope}" for scope, names in scopes.items())
            yield words.format(scopes="; ".join(told))


def _scopes(readings: Iterable[Reading]) -> dict[str, list[str]]:
    """The columns' names by what their intervals are over."""
    scopes: dict[str, list[str]] = {}
    for reading in readings:
        known = (estimate_of(entry, reading.metric) for entry in reading.entries.values())
        found = dict.fromkeys(_scope(each, reading) for each in known if each and each.low != each.high)
        if found:
            scopes.setdefault(" or ".join(found), []).append(_within(short(reading.metric)))
    return scopes


def _within(title: str) -> str:
    """A title within a sentence: `AbsRel` and `MACs` stay as they are."""
    return title if title[1:] != title[1:].lower() else lowered(title)


def _scope(known: Estimate, reading: Reading) -> str:
    if known.scope == reading.metric.covers:
        return f"± the {known.scope}"
    scope = known.scope.replace("95 % ", "").replace("interval of", "of").replace("interval over", "over")
    many = len(reading.images) == 1 and scope == "over the data"
    return f"over {next(iter(reading.images))} images" if many else scope


def _conditions(readings: Sequence[Reading]) -> Iterator[str]:
    """Under what columns were timed; and of a run that failed its own check, that it did."""
    told: dict[str, list[str]] = {}
    for reading in readings:
        timed = [found for entry in reading.entries.values() if (found := _timed(entry, reading))]
        if timed:
            odd = MARK.partition(":")[2] if any(map(twins.apart, timed)) else ""
            text = f"{condition_text(reading.use.condition)}" + (f";{odd}" if odd else "")
            told.setdefault(text, []).append(_within(short(reading.metric)))
    for text, names in told.items():
        yield f"Timed on {text}: {', '.join(names)}."


def _timed(entry: Entry, reading: Reading) -> Measurement | None:
    found = measurement(entry, reading.metric.name)
    return found if found is not None and "reference" in found.columns else None


def _unmeasured(account: Account, scale: Scale, shown: Sequence[Variant]) -> Iterator[str]:
    """Probes of which nothing was measured here; and variants."""
    bare = [
        name
        for name, entries in _by_probe(account, scale).items()
        if all(isinstance(each.outcome, Skipped) for each in entries)
    ]
    if bare:
        yield f"Not measured here: {', '.join(bare)}."
    names = {variant.name for variant in shown}
    left = [variant.name for variant in account.variants(scale) if variant.name not in names]
    if left:
        yield f"Nothing was measured of {', '.join(left) if len(left) <= NAMED else f'{len(left)} more variants'}."


def _by_probe(account: Account, scale: Scale) -> dict[str, list[Entry]]:
    """The entries of each probe that has headline metrics."""
    found: dict[str, list[Entry]] = {}
    for use in account.uses(scale):
        if headlines(account, use):
            found.setdefault(use.name, [])
    for entry in account.at_scale(scale):
        if entry.trial.probe.name in found:
            found[entry.trial.probe.name].append(entry)
    return {name: entries for name, entries in found.items() if entries}
