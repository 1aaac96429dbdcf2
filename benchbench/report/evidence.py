"""What lies behind the cells of a page: each record once, small enough to travel inside of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchbench.report.account import Account
from benchbench.report.commands import run_commands, show_command
from benchbench.report.conditions import condition_text
from benchbench.report.numbers import metric_style, raised
from benchbench.report.signature import LEADING, digest, flattened, lasting, text
from benchbench.report.troubles import tail
from benchbench.report.values import is_empty_bucket, measurements
from benchbench.types import Entry, Failed, Json, Measured, Measurement, Metric, Record, Settings, Table, Trial

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
        key: Hashable = value if isinstance(value, str) else (repr(value),)
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
    behind = _Behind(account, run_commands(account.suite))
    found = [behind.record(entries[key]) for key in keys]
    pools = {"texts": behind.texts, "metrics": behind.metrics, "series": behind.series}
    return {**{name: pool.values for name, pool in pools.items()}, "records": found}


@dataclass
class _Behind:
    """Records of one account and what they share, each found once: values, and machines in words."""

    account: Account
    again: Callable[[Trial], str]
    texts: Pool = field(default_factory=Pool)
    metrics: Pool = field(default_factory=Pool)
    series: Pool = field(default_factory=Pool)
    machines: dict[str, str] = field(default_factory=dict)

    def record(self, entry: Entry) -> dict[str, Any]:
        trial, record, outcome, number = entry.trial, entry.record, entry.outcome, self.texts.number
        assert record is not None
        facts = _facts(record, self._machine(record.environment))
        found: dict[str, Any] = {
            "name": number(trial.variant.name),
            "title": number(f"{trial.probe.name} · scale “{trial.scale.name}”"),
            "facts": [[number(name), number(value)] for name, value in facts],
            "show": show_command(record.key),
            "again": self.again(trial),
        }
        if isinstance(outcome, Failed):
            found |= {"error": outcome.error, "log": tail(outcome.log)}
        elif isinstance(outcome, Measured):
            found["numbers"] = [self._numbers(each) for each in measurements(entry)]
            found["notes"] = [number(note) for note in outcome.notes]
        return found

    def _machine(self, environment: Settings) -> str:
        kind = lasting(environment)
        if kind not in self.machines:
            self.machines[kind] = _machine(environment)
        return self.machines[kind]

    def _numbers(self, found: Measurement) -> list[Any]:
        """[metric, samples, low and high of the interval or null, how many samples, arm and its samples ...]."""
        metric, series = self.account.metric(found.metric), self.series
        samples = () if is_empty_bucket(found, metric) else found.samples
        arms = [[arm, series.number(_rounded(found.columns[arm], metric))] for arm in ARMS if arm in found.columns]
        interval = None if found.interval is None else _rounded(metric.held(found.samples[0], *found.interval), metric)
        shown = self.metrics.number(_metric(metric, samples)), series.number(_rounded(samples, metric))
        return [*shown, interval, len(samples), *arms]


def _metric(metric: Metric, samples: tuple[float, ...]) -> list[Any]:
    counts = samples if metric.exact else ()
    style = metric_style(metric, max((abs(sample) for sample in counts if math.isfinite(sample)), default=0.0))
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


def _facts(record: Record, machine: str) -> Iterator[tuple[str, str]]:
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
    yield "machine", machine
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


def _machine(environment: Settings) -> str:
    named = dict(flattened(environment))
    told = [f"{name.replace('_', ' ')} {text(named[name])}" for name in LEADING if name in named]
    return f"{', '.join(told)}, environment {digest(environment)}"


def _short(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[: MOST_LETTERS - 1]}…"
