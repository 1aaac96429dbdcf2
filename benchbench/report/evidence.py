"""What lies behind the cells of a page: each record once, small enough to travel inside of it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchbench.report.account import Account
from benchbench.report.commands import run_command, show_command
from benchbench.report.conditions import condition_text
from benchbench.report.numbers import metric_style, raised
from benchbench.report.signature import LEADING, digest, flattened, text
from benchbench.report.troubles import tail
from benchbench.report.values import is_empty_bucket, measurements
from benchbench.types import Entry, Failed, Json, Measured, Measurement, Metric, Record, Table

MOST_SAMPLES = 400
"""Of one measurement; a record keeps all of them."""
MOST_LETTERS = 240
FACTS = ("weights", "weights_origin", "weights_fingerprint", "recovery", "images", "data_fingerprint", "evaluator")
ARMS = ("reference", "twin")


@dataclass
class Pool:
    """Values that many records share, each kept once and told by its number."""

    values: list[Any] = field(default_factory=list)
    _known: dict[Hashable, int] = field(default_factory=dict)

    def number(self, value: Any) -> int:
        key = repr(value)
        if key not in self._known:
            self._known[key] = len(self.values)
            self.values.append(value)
        return self._known[key]


def shown_keys(tables: Iterable[Table]) -> dict[str, int]:
    """The keys of the records that cells of these tables are from, numbered in order of appearance."""
    keys = (cell.record for table in tables for row in table.rows for cell in row if cell.record)
    return {key: number for number, key in enumerate(dict.fromkeys(keys))}


def evidence(account: Account, keys: Iterable[str]) -> dict[str, Any]:
    """The records of these keys, in that order, as plain values for JSON.

    `texts`, `metrics` and `series` hold what several records share: sentences, [title, unit, factor, digits, what the
    samples are over] and arrays of samples; records name those by their numbers.
    """
    entries = {entry.record.key: entry for entry in reversed(account.entries) if entry.record is not None}
    texts, metrics, series = Pool(), Pool(), Pool()
    found = [_record(account, entries[key], texts, metrics, series) for key in keys]
    return {"texts": texts.values, "metrics": metrics.values, "series": series.values, "records": found}


def _record(account: Account, entry: Entry, texts: Pool, metrics: Pool, series: Pool) -> dict[str, Any]:
    trial, record = entry.trial, entry.record
    assert record is not None
    again = run_command(account.suite, trial)
    found: dict[str, Any] = {
        "name": texts.number(trial.variant.name),
        "title": texts.number(f"{trial.probe.name} · scale “{trial.scale.name}”"),
        "facts": [[texts.number(name), texts.number(value)] for name, value in _facts(record)],
        "show": show_command(record.key),
        "again": again,
    }
    outcome = entry.outcome
    if isinstance(outcome, Failed):
        found |= {"error": outcome.error, "log": tail(outcome.log)}
    elif isinstance(outcome, Measured):
        found["numbers"] = [_numbers(account, each, metrics, series) for each in measurements(entry)]
        found["notes"] = [texts.number(note) for note in outcome.notes]
    return found


def _numbers(account: Account, found: Measurement, metrics: Pool, series: Pool) -> list[Any]:
    """[metric, samples, low and high of the interval or null, how many samples, arm and its samples ...]."""
    metric = account.metric(found.metric)
    samples = () if is_empty_bucket(found, metric) else found.samples
    arms = [[arm, series.number(_rounded(found.columns[arm], metric))] for arm in ARMS if arm in found.columns]
    interval = None if found.interval is None else _rounded(found.interval, metric)
    return [
        metrics.number(_metric(metric, samples)),
        series.number(_rounded(samples, metric)),
        interval,
        len(samples),
        *arms,
    ]


def _metric(metric: Metric, samples: tuple[float, ...]) -> list[Any]:
    largest = max((abs(sample) for sample in samples if math.isfinite(sample)), default=0.0)
    style = metric_style(metric, largest)
    return [raised(metric.title), style.unit, style.factor, style.decimals, metric.per]


def _rounded(samples: Iterable[float], metric: Metric) -> list[float | int | None]:
    """The first samples with five significant digits, counts whole; null for a number that JSON cannot hold."""
    found: list[float | int | None] = []
    for _, sample in zip(range(MOST_SAMPLES), samples, strict=False):
        if not math.isfinite(sample):
            found.append(None)
        else:
            found.append(int(sample) if sample == int(sample) else float(f"{sample:.{9 if metric.exact else 5}g}"))
    return found


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    """(name, value) of what matters about a record, in words."""
    yield "record", record.key[:16]
    yield "condition", condition_text(record.trial.probe.condition)
    if record.trial.probe.settings:
        yield "settings", _pairs(dict(record.trial.probe.settings))
    for name in FACTS:
        if record.facts.get(name) not in (None, ""):
            yield name.replace("_", " "), _short(text(record.facts[name]))
    steps = record.facts.get("surgery")
    for step in steps if isinstance(steps, list) else ():
        yield "surgery", _short(_step(step))
    yield "run", f"{record.run}, {record.at}"
    yield "machine", _machine(record)
    yield "versions", _pairs(dict(record.versions))


def _step(step: Json) -> str:
    """A cut or a training as it was done: its settings, what it kept."""
    if not isinstance(step, dict):
        return text(step)
    parts = [str(step.get("step", "")), *(_pairs(step[name]) for name in ("settings", "kept") if step.get(name))]
    return "; ".join(filter(None, parts))


def _pairs(value: Json) -> str:
    if not isinstance(value, dict):
        return text(value)
    return ", ".join(f"{name} {text(each)}" for name, each in flattened(value) if each is not None)


def _machine(record: Record) -> str:
    named = dict(flattened(record.environment))
    told = [f"{name.replace('_', ' ')} {text(named[name])}" for name in LEADING if name in named]
    return f"{', '.join(told)}, environment {digest(record.environment)}"


def _short(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"
