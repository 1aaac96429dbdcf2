"""`benchbench score`: any scored probe on predictions that were made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchbench import terminal
from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows, gather
from benchbench.catalog.probes import PROBES
from benchbench.catalog.row_scoring import accepted, scorer
from benchbench.catalog.shelf import settings_of
from benchbench.declare import settings_from
from benchbench.errors import BadData, BenchbenchError
from benchbench.types import Metric

POINTS, FRACTION = "pt", "fraction"
"""Points are fractions shown times a hundred; data for programs hold them as they are."""


def show(name: str, predictions: Path, targets: Path, given: Sequence[str], resamples: int, *, as_json: bool) -> None:
    """Print a probe's metrics under settings such as `cap=10`, with their intervals."""
    probe = PROBES[name]
    if not isinstance(probe, ScoredProbe):
        scored = [other for other in PROBES if isinstance(PROBES[other], ScoredProbe)]
        raise BenchbenchError(f"'{name}' is not scored on predictions", f"scored probes: {', '.join(scored)}")
    settings = settings_from(given, f"setting of {name}", settings_of(probe.summarise))
    rows = read(probe, predictions, targets, settings)
    numbers = probe.summarise(rows, None, **settings)
    limits = probe.intervals(rows, resamples, 0, **accepted(probe.intervals, settings)) if resamples else {}
    notes = probe.notes(rows, **settings)
    if as_json:
        told = {"probe": name, "samples": len(rows), "settings": settings, "notes": notes}
        told |= {"evaluator": settings.get("evaluator", "default")}
        units = {metric.name: FRACTION if metric.unit == POINTS else metric.unit for metric in probe.metrics}
        terminal.data({**told, "metrics": numbers, "intervals": limits, "units": units})
        return
    shown = [_row(metric, numbers[metric.name], limits.get(metric.name)) for metric in probe.metrics]
    terminal.table(f"{name} over {len(rows)} images", ("metric", "value [95 % over images]", "unit"), shown)
    for note in notes:
        terminal.say(f"note: {note}")


def read(probe: ScoredProbe, predictions: Path, targets: Path, settings: Mapping[str, Any]) -> Rows:
    """Score every sample of the targets; whether one may lack a prediction is the probe's reader's to say."""
    truth = probe.read_targets(targets)
    made = probe.read_predictions(predictions, targets)
    if not truth:
        raise BadData(f"{targets} holds no image", "score needs ground truth")
    ids, score = sorted(truth), scorer(probe, settings)
    return gather(ids, [score(identity, made[identity], truth[identity]) for identity in ids])


def _row(metric: Metric, value: float, limits: tuple[float, float] | None) -> tuple[str, str, str]:
    """Points are told times a hundred, as papers do; what nothing fell into has no value."""
    if metric.unit == POINTS and value < 0:
        return metric.title, "–", metric.unit
    factor, digits = (100, 2) if metric.unit == POINTS else (1, 4)
    low, high = (f"{factor * limit:.{digits}f}" for limit in limits) if limits else ("", "")
    interval = f"  [{low}, {high}]" if limits else ""
    return metric.title, f"{factor * value:.{digits}f}{interval}", metric.unit
