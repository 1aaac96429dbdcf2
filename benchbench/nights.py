"""From records that belong together to a trend: a night for each run, and the steps between them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from math import log

from benchbench import stats, twins
from benchbench.measure import signature
from benchbench.types import Estimate, Failed, Measured, Measurement, Metric, Record, Settings, Trial
from benchbench.types.trended import Night, Step, Trend
from benchbench.verify import levels

TOO_FEW = f"too few nights to tell steps from noise: {levels.FEWEST} are needed"
ABSOLUTE = "an absolute value: a busier machine looks the same as slower code"
EXPLAINING = "data_fingerprint", "weights_fingerprint", "weights", "images"
"""Facts that explain a change of value."""
CALLED_BY = ("cpu", "cores_usable", "threads", "device", "torch")
"""What a machine is called by."""


def trend(metric: Metric, records: Iterable[Record]) -> Trend:
    """The series of records that belong together; of several of one run the newest counts."""
    ordered = sorted(records, key=lambda record: (record.at, record.run))
    newest = {record.run: record for record in ordered}
    nights = [_night(metric, record, before) for before, record in _neighbours(list(newest.values()))]
    last = ordered[-1]
    machine = None if metric.exact else signature(last.environment)
    found = Trend(
        last.trial.scale.name,
        last.trial.probe.name,
        last.trial.variant.name,
        _condition(last.trial),
        metric,
        tuple(nights),
        machine=_machine(machine),
        signature=machine,
        is_paired=any(night.ratio is not None for night in nights),
    )
    timed = any("round" in told.columns for record in ordered if (told := _measurement(record, metric)))
    return _with_steps(replace(found, why=ABSOLUTE if timed and not found.is_paired else ""))


def _neighbours(records: Sequence[Record]) -> Iterator[tuple[Record | None, Record]]:
    return zip([None, *records[:-1]], records, strict=True)


def _condition(trial: Trial) -> str:
    """What tells trials of one probe apart, where it is not the usual."""
    condition, settings = trial.probe.condition, trial.probe.settings
    told = [condition.runtime] if condition.runtime != "eager" else []
    told += [condition.dtype] if condition.dtype != "float32" else []
    told += [f"batch {condition.batch}"] if condition.batch != 1 else []
    told += [f"{name} {value}" for name, value in sorted(settings.items())]
    return ", ".join([*told, *([f"seed {trial.seed}"] if trial.seed else [])])


def _machine(known: Settings | None) -> str:
    if known is None:
        return ""
    digest = sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()[:6]
    told = [_called(name, known[name]) for name in CALLED_BY if known.get(name) not in (None, "")]
    return f"{', '.join(told)} ({digest})"


def _called(name: str, value: object) -> str:
    return str(value) if name == "cpu" else f"{name.replace('_', ' ')} {value}"


def _night(metric: Metric, record: Record, before: Record | None) -> Night:
    found, commit = _measurement(record, metric), record.facts.get("commit")
    night = Night(
        record.run,
        record.at,
        None,
        commit=commit if isinstance(commit, str) else "",
        key=record.key,
        changed=tuple(_changed(before, record)) if before else (),
    )
    if found is None:
        return replace(night, why=_why(record))
    try:
        return replace(night, estimate=stats.estimate(found, metric), ratio=_ratio(found))
    except ValueError as error:
        return replace(night, why=str(error))


def _measurement(record: Record, metric: Metric) -> Measurement | None:
    found = record.outcome.measurements if isinstance(record.outcome, Measured) else ()
    told = next((each for each in found if each.metric == metric.name and each.samples), None)
    empty = told is not None and metric.unit == "pt" and min(told.samples) < 0
    return None if empty else told


def _why(record: Record) -> str:
    if isinstance(record.outcome, Failed):
        return f"failed: {record.outcome.error}"
    return "nothing of the kind in the data"


def _ratio(found: Measurement) -> Estimate | None:
    """To the reference of the same run; None for the reference itself, and where nothing was timed beside it."""
    reference = found.columns.get("reference")
    if reference is None or tuple(reference) == tuple(found.samples):
        return None
    with suppress(ValueError):
        return twins.ratio(found)
    return None


def _changed(before: Record, after: Record) -> Iterator[str]:
    told: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        (before.versions, after.versions),
        *(({name: before.facts.get(name)}, {name: after.facts.get(name)}) for name in EXPLAINING),
    )
    for old, new in told:
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield f"{name.replace('_', ' ')}: {_short(old.get(name))} → {_short(new.get(name))}"


def _short(value: object) -> str:
    return "none" if value is None else str(value)[:20]


def _with_steps(trend: Trend) -> Trend:
    """The trend with its steps, or why none were sought."""
    places, values = _values(trend)
    if trend.metric.exact:
        found = levels.counted_steps(values)
    elif not levels.can_tell():
        return trend
    elif len(values) < levels.FEWEST:
        return replace(trend, why=TOO_FEW)
    else:
        found = levels.steps([log(value) for value in values] if min(values) > 0 else values)
    bounds = [0, *found, len(values)]
    steps = [_step(trend, places, values, bounds[n : n + 3]) for n in range(len(found))]
    return replace(trend, steps=tuple(steps))


def _values(trend: Trend) -> tuple[list[int], list[float]]:
    """The nights with a number, and the numbers in which steps are sought."""
    told = [night.ratio if trend.is_paired else night.estimate for night in trend.nights]
    known = [(place, estimate.value) for place, estimate in enumerate(told) if estimate is not None]
    return [place for place, _ in known], [value for _, value in known]


def _step(trend: Trend, places: Sequence[int], values: Sequence[float], bounds: Sequence[int]) -> Step:
    begin, at, end = bounds
    old, new = values[begin:at], values[at:end]
    is_share = trend.metric.unit != "pt" and min(*old, *new) > 0
    sides = stats.median(old), stats.median(new)
    size = _share(trend.metric, old, new) if is_share else stats.difference(sides[1], sides[0])
    better = trend.metric.better
    worse = None if better == "neither" or not size.value else (size.value > 0) == (better == "lower")
    return Step(places[at], places[at - 1], (sides[0].value, sides[1].value), size, is_share, worse)


def _share(metric: Metric, old: Sequence[float], new: Sequence[float]) -> Estimate:
    """After less before over before: Welch's interval of the logarithms over nights; of counts the exact share."""
    if metric.exact:
        share = new[0] / old[-1] - 1
        return Estimate(share, share, share, exact=True)
    sides = (Measurement(metric.name, tuple(side)) for side in (new, old))
    ratio = stats.ratio_between(*sides, same_run=False)
    scope = f"95 % interval over {len(old)} and {len(new)} nights"
    return replace(ratio, value=ratio.value - 1, low=ratio.low - 1, high=ratio.high - 1, scope=scope)
