"""The column beside a score: what a variant differs from the reference over the same images, and by which test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchbench import stats
from benchbench.report.account import Account
from benchbench.report.numbers import NONE, Style, parts
from benchbench.report.values import difference_of, differences_of, finite, is_trained
from benchbench.types import Cell, Difference, Entry, Metric, ProbeUse, Scale

ITSELF = "the reference itself"
BY_TRAINING = "trained: compared by training, not by image; its change stands under the score"
UNPAIRED = "not paired: that needs the rows of both, whole and over the same images"


def heading(account: Account, metric: str) -> str:
    """Of the column beside the one of this heading."""
    return f"Difference to {account.suite.reference} · {metric}"


def is_paired(account: Account, scale: Scale, use: ProbeUse, metric: Metric) -> bool:
    """Whether any variant is compared with the reference over the same images."""
    entries = (account.entry(scale, use, variant) for variant in account.variants(scale))
    return any(difference_of(account, entry, metric) for entry in entries)


def cell(account: Account, entry: Entry, metric: Metric, style: Style, mark: Callable[[str], int]) -> Cell:
    """The difference with its interval, p and what the interval says of chance; or why there is none."""
    found = difference_of(account, entry, metric)
    if found is None:
        return Cell(NONE, tone="skipped", marks=(mark(_why(account, entry)),))
    number, interval = parts(stats.over_images(found), replace(style, signed=True))
    shown = (Cell(interval, tone="interval"),) if interval else ()
    detail = "; ".join((found.test, *(f"{test}: {stats.chance(p)}" for test, p in found.also)))
    told = Cell(f"{stats.chance(found.p)}, {verdict(found)}", tone="aside", detail=detail)
    return Cell(number, sort=finite(found.value), tone="measured", detail=detail, lines=(*shown, told))


def verdict(found: Difference) -> str:
    """Whether the interval leaves out zero."""
    return "significant" if found.low > 0 or found.high < 0 else "not significant"


def notes(account: Account, scale: Scale) -> Iterator[str]:
    """Which tests the differences of a scale come from."""
    compared = (differences_of(account, entry) for entry in account.at_scale(scale))
    tests = dict.fromkeys(found.test for differences in compared for found in differences.values())
    if tests:
        yield (
            f"A difference to {account.suite.reference} is over the same images for both ({'; '.join(tests)}); it is "
            "called significant where its 95 % interval leaves out zero."
        )


def _why(account: Account, entry: Entry) -> str:
    if entry.trial.variant.name == account.suite.reference:
        return ITSELF
    return BY_TRAINING if is_trained(entry) else UNPAIRED
