"""JSON as pytest-benchmark stores it, so that `pytest-benchmark compare` sets runs side by side."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from benchbench.report.account import Account
from benchbench.report.ci.cases import names
from benchbench.report.ci.escaping import visible
from benchbench.types import Condition, Entry, Measured, Measurement, Metric

LAYOUT = "5.0.0"
"""The version of pytest-benchmark whose fields these are."""
SECONDS = {"s": 1.0, "ms": 1e-3}


def write(account: Account) -> str:
    """One benchmark for each timed trial, its rounds those of the engine, in seconds a call; kept numbers only."""
    content = {
        "machine_info": {key: _plain(value) for key, value in account.environment.items()},
        "commit_info": {},
        "benchmarks": list(_benchmarks(account)),
        "datetime": account.at,
        "version": LAYOUT,
    }
    return json.dumps(content, ensure_ascii=True, indent=1, allow_nan=False) + "\n"


def seconds(measurement: Measurement, metric: Metric, condition: Condition) -> tuple[float, ...]:
    """The rounds of a timed measurement in seconds a call; none of what has no rounds or is no time of a call."""
    if "round" not in measurement.columns or not all(sample > 0 for sample in measurement.samples):
        return ()
    if metric.unit == "images/s":
        return tuple(condition.batch / sample for sample in measurement.samples)
    return tuple(SECONDS[metric.unit] * sample for sample in measurement.samples) if metric.unit in SECONDS else ()


def facts(entry: Entry, metric: Metric) -> dict[str, object]:
    """What a benchmark's rounds are of, as its `extra_info`."""
    trial, record = entry.trial, entry.record
    place = {"scale": trial.scale.name, "probe": trial.probe.name, "variant": trial.variant.name, "seed": trial.seed}
    made = {"run": record.run, "at": record.at, "key": record.key} if record else {}
    return {**place, "metric": metric.name, "condition": asdict(trial.probe.condition), **made}


def _benchmarks(account: Account) -> Iterator[dict[str, object]]:
    named = names([entry.trial for entry in account.entries])
    for entry, own in zip(account.entries, named, strict=True):
        if not isinstance(entry.outcome, Measured):
            continue
        trial = entry.trial
        group = f"{trial.scale.name} / {trial.probe.name}"
        name = f"{group} / {own}"
        for measurement in entry.outcome.measurements:
            metric = account.metric(measurement.metric)
            if rounds := seconds(measurement, metric, trial.probe.condition):
                yield {
                    "group": visible(group),
                    "name": visible(name),
                    "fullname": visible(f"{account.suite.name}::{name}::{metric.name}"),
                    "params": None,
                    "param": None,
                    "extra_info": facts(entry, metric),
                    "options": {"timer": "benchbench", "disable_gc": False, "warmup": True},
                    "stats": _stats(rounds),
                }


def _stats(rounds: Sequence[float]) -> dict[str, object]:
    """pytest-benchmark's own figures, by its definitions: quartiles are Tukey's hinges, or method 3 of odd counts."""
    ordered = sorted(rounds)
    low, high = _quartiles(ordered)
    mean, spread = statistics.mean(ordered), high - low
    deviation = statistics.stdev(ordered) if len(ordered) > 1 else 0
    fence = (low - 1.5 * spread, high + 1.5 * spread)
    inner = [value for value in ordered if fence[0] <= value <= fence[1]]
    far = len(ordered) - len(inner)
    beyond = sum(not mean - deviation <= value <= mean + deviation for value in ordered)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": deviation,
        "rounds": len(ordered),
        "median": statistics.median(ordered),
        "iqr": spread,
        "q1": low,
        "q3": high,
        "iqr_outliers": far,
        "stddev_outliers": beyond,
        "outliers": f"{beyond};{far}",
        "ld15iqr": inner[0],
        "hd15iqr": inner[-1],
        "ops": len(ordered) / sum(ordered),
        "total": sum(ordered),
        "data": list(rounds),
        "iterations": 1,
    }


def _quartiles(ordered: Sequence[float]) -> tuple[float, float]:
    count = len(ordered)
    if count == 1:
        return ordered[0], ordered[0]
    if count % 2 == 0:
        half = count // 2
        return statistics.median(ordered[:half]), statistics.median(ordered[half:])
    quarter = count // 4
    if count % 4 == 1:
        first, last = ordered[quarter - 1 : quarter + 1], ordered[3 * quarter : 3 * quarter + 2]
        return 0.25 * first[0] + 0.75 * first[1], 0.75 * last[0] + 0.25 * last[1]
    first, last = ordered[quarter : quarter + 2], ordered[3 * quarter + 1 : 3 * quarter + 3]
    return 0.75 * first[0] + 0.25 * first[1], 0.25 * last[0] + 0.75 * last[1]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else visible(str(value))
