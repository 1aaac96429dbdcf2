"""Best and second of a column, each with all that noise does not let be told apart from it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

from benchbench import stats, twins
from benchbench.report.account import Account
from benchbench.report.values import COMPARED, difference_of, estimate_of, is_accuracy, is_random, measurement
from benchbench.types import Difference, Entry, Estimate, Metric

Rank = Literal["best", "second"]


def ranks(account: Account, entries: Mapping[str, Entry], metric: Metric) -> dict[str, Rank]:
    """By variant. Empty where the metric has no better side, or where all is best.

    A value without an interval is not ranked; where one would be the best, nobody knows which is, and none is ranked.
    Nor is the reference in what is measured against itself.
    """
    rivals = {name: entry for name, entry in entries.items() if not _is_itself(account, name, entry)}
    found = {name: (entry, known) for name, entry in rivals.items() if (known := _worth(entry, metric))}
    if metric.better == "neither" or not found:
        return {}
    order = sorted(found, key=lambda name: found[name][1].value, reverse=metric.better == "higher")
    if not stats.decisive(found[order[0]][1]):
        return {}
    rest = [name for name in order if stats.decisive(found[name][1])]
    best = [name for name in rest if not is_apart(account, found[name][0], found[order[0]][0], metric)]
    rest = [name for name in rest if name not in best]
    if not rest:
        return {}
    second = [name for name in rest if not is_apart(account, found[name][0], found[rest[0]][0], metric)]
    ranked: dict[str, Rank] = dict.fromkeys(best, "best")
    return ranked | dict.fromkeys(second, "second")


def is_apart(account: Account, ours: Entry, theirs: Entry, metric: Metric) -> bool:
    """Whether two variants' values can be told apart: the interval of what they differ by leaves out zero.

    Over the same images where they were compared so, round by round where they were timed in one run, seed by seed
    where both were trained; else from their own intervals.
    """
    left, right = measurement(ours, metric.name), measurement(theirs, metric.name)
    if ours is theirs or left is None or right is None:
        return False
    paired = _paired(account, ours, theirs, metric)
    if paired is not None:
        return paired.low > 0 or paired.high < 0
    with suppress(ValueError):
        if "round" in left.columns and "round" in right.columns:
            ratio = twins.ratio_between(left, right, same_run=_run(ours) == _run(theirs))
            return ratio.low > 1 or ratio.high < 1
        known = stats.difference_between(left, right, metric)
        return known.low > 0 or known.high < 0
    return False


def stars(account: Account, entry: Entry, change: Estimate | None, metric: Metric) -> int:
    """How significant a change against the reference is: 0 where its 95 % interval holds zero or it is not of chance.

    Not of chance are counts, and readings whose greatest error is known.
    1 where the interval leaves out zero; 2 below p = 0.01 and 3 below 0.001, where a paired test gave a p.
    """
    if change is None or metric.exact or metric.covers or not stats.decisive(change) or change.low <= 0 <= change.high:
        return 0
    paired = difference_of(account, entry, metric)
    return 1 if paired is None else 1 + (paired.p < 0.01) + (paired.p < 0.001)


def _worth(entry: Entry, metric: Metric) -> Estimate | None:
    """An estimate that says anything: an accuracy of random weights does not."""
    return None if is_accuracy(entry.trial.probe, metric) and is_random(entry) else estimate_of(entry, metric)


def _is_itself(account: Account, name: str, entry: Entry) -> bool:
    return name == account.suite.reference and entry.trial.probe.name in COMPARED


def _paired(account: Account, ours: Entry, theirs: Entry, metric: Metric) -> Difference | None:
    for pair in ((ours, theirs), (theirs, ours)):
        known = account.paired.get((pair[0].trial.identity, pair[1].trial.identity), {}).get(metric.name)
        if known is not None:
            return known
    return None


def _run(entry: Entry) -> str:
    return entry.record.run if entry.record else ""
