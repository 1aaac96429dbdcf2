"""`benchbench show`: one record, readable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchbench import stats, terminal
from benchbench.record import Store
from benchbench.types import Failed, Json, Measurement, Record

TRAININGS = ("training", "settings", "seed", "steps", "images", "seconds", "peak MiB", "trainable", "weights")


def show(name: str, records: Path, *, as_json: bool) -> None:
    """Print one record."""
    record = Store(records).find(name)
    if as_json:
        terminal.data(asdict(record))
        return
    facts = {"key": record.key, "at": record.at, "run": record.run, **record.facts}
    terminal.table(record.trial.label, ("", ""), [(key, _fact(value)) for key, value in facts.items()])
    trained = list(trainings(record))
    if trained:
        terminal.table("trainings", TRAININGS, trained)
    if isinstance(record.outcome, Failed):
        terminal.say(f"failed: {record.outcome.error}\n{record.outcome.log}")
        return
    rows = [sampled(measurement) for measurement in record.outcome.measurements]
    terminal.table("measurements", ("metric", "median", "p90", "p99", "samples"), rows)
    for note in record.outcome.notes:
        terminal.say(f"note: {note}")


def _fact(value: Json) -> str:
    """A list of steps one to a line, without what the table of trainings tells."""
    if not isinstance(value, list):
        return str(value)
    return "\n".join(str(_step(each) if isinstance(each, dict) else each) for each in value)


def _step(entry: dict[str, Json]) -> str:
    hidden = set(entry) - {"key"} if "artifact" in entry else {"step", "version"}
    told = {name: value for name, value in entry.items() if name not in hidden}
    return " ".join([str(entry.get("step")), *(f"{name} {value}" for name, value in told.items())])


def trainings(record: Record) -> Iterator[tuple[str, ...]]:
    """What was trained for a record, one row each: what it cost and which weights came of it."""
    surgery = record.facts.get("surgery")
    for entry in surgery if isinstance(surgery, list) else []:
        if isinstance(entry, dict) and "artifact" in entry:
            yield _trained(entry)


def _trained(entry: dict[str, Json]) -> tuple[str, ...]:
    settings, course = entry.get("settings"), entry.get("course")
    told = ", ".join(f"{name} {value}" for name, value in settings.items()) if isinstance(settings, dict) else ""
    known = course if isinstance(course, dict) else {}
    columns = ("steps", "images", "seconds", "peak_memory_mib", "trainable_parameters")
    figures = [_figure(known.get(name)) for name in columns]
    return str(entry.get("step")), told, str(entry.get("seed")), *figures, str(entry.get("artifact") or "none")[:12]


def _figure(value: Json) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) else ""


def sampled(measurement: Measurement) -> tuple[str, ...]:
    """A metric with its median and the high percentiles of its repeated calls, where there are enough of them."""
    samples = measurement.samples
    tails = [stats.percentile(samples, q) if "round" in measurement.columns else None for q in (90, 99)]
    told = ("–" if tail is None else f"{tail:.6g}" for tail in tails)
    return measurement.metric, f"{median(samples):.6g}", *told, str(len(samples))
