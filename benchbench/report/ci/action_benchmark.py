"""JSON for github-action-benchmark: its tools customSmallerIsBetter and customBiggerIsBetter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from benchbench.report.account import Account
from benchbench.report.ci.cases import names
from benchbench.report.ci.escaping import shortened, visible
from benchbench.stats import estimate
from benchbench.types import Estimate, Measured, Metric
from benchbench.types.compared import Comparison

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Point:
    """A number of today: its stable name, and where it comes from in words."""

    name: str
    metric: Metric
    value: Estimate
    source: str = ""


def of_account(account: Account) -> tuple[Point, ...]:
    """Every number that a trial came to; profiles, empty buckets and numbers without a direction are none."""
    return tuple(_points(account))


def of_comparison(comparison: Comparison) -> tuple[Point, ...]:
    """The after side's numbers."""
    return tuple(
        Point(f"{change.trial}: {change.metric.name}", change.metric, change.after, comparison.after)
        for change in comparison.changes
        if change.after is not None
    )


def write(points: tuple[Point, ...], better: Better) -> str:
    """An array of `{name, unit, value, range, extra}`; points are shown as per cent are, 42.0 for 0.42."""
    entries = [_entry(point) for point in points if point.metric.better == better]
    return json.dumps(entries, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _points(account: Account) -> Iterator[Point]:
    named = names([entry.trial for entry in account.entries])
    for entry, name in zip(account.entries, named, strict=True):
        trial, outcome = entry.trial, entry.outcome
        if not isinstance(outcome, Measured):
            continue
        where = f"{trial.scale.name} / {trial.probe.name} / {name}"
        source = f"run {entry.record.run} at {entry.record.at}" if entry.record else ""
        for measurement in outcome.measurements:
            metric = account.metric(measurement.metric)
            if metric.per or (metric.unit == "pt" and min(measurement.samples, default=-1) < 0):
                continue
            yield Point(f"{where}: {metric.name}", metric, estimate(measurement, metric), source)


def _entry(point: Point) -> dict[str, object]:
    scale = 100 if point.metric.unit == "pt" else 1
    low, value, high = (scale * number for number in (point.value.low, point.value.value, point.value.high))
    entry: dict[str, object] = {
        "name": shortened(visible(point.name), 500),
        "unit": point.metric.unit or ("count" if point.metric.exact else "1"),
        "value": value,
        "extra": visible("\n".join(filter(None, (point.metric.title, point.value.scope, point.source)))),
    }
    return entry | ({"range": f"± {max(high - value, value - low):.4g}"} if low < high else {})
