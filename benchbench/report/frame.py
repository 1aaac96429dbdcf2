"""The long frame: one row for each scale, variant and metric (and layer), with what it was measured under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchbench.report.account import Account
from benchbench.report.numbers import metric_style
from benchbench.report.values import (
    change_of,
    difference_of,
    estimate_of,
    fact,
    finite,
    known_names,
    measured_names,
    measurement,
    reference_entry,
    why_missing,
)
from benchbench.types import Difference, Entry, Failed, Json, Measured, Metric, Skipped

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "scale", "variant", "recipe", "title", "probe", "metric", "layer",
    "value", "low", "high", "unit", "exact", "samples",
    "scope", "change", "change_low", "change_high", "change_form",
    "difference", "difference_low", "difference_high", "p", "test",
    "device", "dtype", "batch", "threads", "runtime", "images", "weights", "outcome", "reason", "remedy", "record",
)  # fmt: skip
NUMBERS = (
    "layer", "value", "low", "high", "samples", "change", "change_low", "change_high",
    "difference", "difference_low", "difference_high", "p", "images",
)  # fmt: skip
KINDS = {**dict.fromkeys(NUMBERS, "float64"), "exact": "boolean", "batch": "int64", "threads": "int64"}
"""All others are text, as pandas infers it."""
Row = dict[str, Json]


def frame(account: Account) -> pd.DataFrame:
    """The rows as a data frame. "pt" values are in points (0 to 100) and so are their changes; others in their unit.

    A change of form "change" is a fraction of the reference's value (-0.1: ten per cent less). A difference is to the
    reference over the same images, in the unit of the value, with the p of its test.

    Whatever the account holds, a column of numbers is of one type: see KINDS. A number that is not there is NaN, and
    whether it were exact is not known (<NA>).
    """
    import pandas as pd

    found = pd.DataFrame(list(rows(account)), columns=list(COLUMNS))
    for name in NUMBERS:
        found[name] = pd.to_numeric(found[name], errors="coerce")
    return found.astype(KINDS)


def rows(account: Account) -> Iterator[Row]:
    """The frame's rows as plain values, in the order of the suite; None for what is not there."""
    for scale in account.suite.scales:
        for entry in account.at_scale(scale):
            for name in _names(account, entry):
                for row in _of_metric(account, entry, name):
                    yield {column: None for column in COLUMNS} | row


def _of_metric(account: Account, entry: Entry, name: str) -> Iterator[Row]:
    """One row; of a profile one for each sample, with its layer or batch."""
    metric = account.metric(name)
    found = measurement(entry, name) if metric.per else None
    if found is None:
        yield _row(account, entry, name)
        return
    for place, value in zip(found.columns.get(metric.per, range(len(found.samples))), found.samples, strict=False):
        number: Row = {metric.per: int(place), "value": finite(value), "unit": metric.unit, "exact": metric.exact}
        yield _row(account, entry, name) | number | {"samples": 1}


def _names(account: Account, entry: Entry) -> tuple[str, ...]:
    """The entry's metrics; for one without numbers those that its probe measures elsewhere, or one unnamed row."""
    return measured_names([entry]) or known_names(account, entry.trial.probe.name) or ("",)


def _row(account: Account, entry: Entry, name: str) -> Row:
    trial, condition = entry.trial, entry.trial.probe.condition
    row: Row = {
        "scale": trial.scale.name,
        "variant": trial.variant.name,
        "recipe": trial.variant.digest,
        "title": trial.variant.title,
        "probe": trial.probe.name,
        "metric": name,
        "device": condition.device,
        "dtype": condition.dtype,
        "batch": condition.batch,
        "threads": condition.threads,
        "runtime": condition.runtime,
        "images": fact(entry, "images"),
        "weights": fact(entry, "weights"),
        "record": entry.record.key if entry.record else None,
    }
    plain = bool(name) and not account.metric(name).per
    return row | _outcome(entry) | (_numbers(account, entry, account.metric(name)) if plain else {})


def _outcome(entry: Entry) -> Row:
    match entry.outcome:
        case Skipped(reason, remedy):
            return {"outcome": "skipped", "reason": reason, "remedy": remedy}
        case Failed(error):
            return {"outcome": "failed", "reason": error}
        case Measured(_, notes):
            return {"outcome": "measured", "reason": "; ".join(notes) or None}


def _numbers(account: Account, entry: Entry, metric: Metric) -> Row:
    factor = metric_style(metric, 0.0).factor
    found = estimate_of(entry, metric)
    row: Row = {"unit": metric.unit}
    if found is None:
        missing = isinstance(entry.outcome, Measured)
        return row | ({"reason": why_missing(entry, metric)} if missing else {})
    row |= {name: finite(getattr(found, name) * factor) for name in ("value", "low", "high")}
    return (
        row | {"exact": metric.exact, "samples": found.samples, "scope": found.scope} | _change(account, entry, metric)
    )


def _change(account: Account, entry: Entry, metric: Metric) -> Row:
    trial = entry.trial
    if trial.variant.name == account.suite.reference:
        return {}
    paired = difference_of(account, entry, metric)
    change = change_of(entry, reference_entry(account, trial.scale, trial.probe), metric, paired)
    if change is None:
        return {}
    factor = metric_style(metric, 0.0).factor if change.form == "difference" else 1.0
    found = change.estimate
    return {
        "change": finite(found.value * factor),
        "change_low": finite(found.low * factor),
        "change_high": finite(found.high * factor),
        "change_form": change.form,
        **(_difference(paired, metric) if paired else {}),
    }


def _difference(paired: Difference, metric: Metric) -> Row:
    factor = metric_style(metric, 0.0).factor
    return {
        "difference": finite(paired.value * factor),
        "difference_low": finite(paired.low * factor),
        "difference_high": finite(paired.high * factor),
        "p": finite(paired.p),
        "test": paired.test,
    }
