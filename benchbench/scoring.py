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
        terminal.data({**told, "metrics": numbers, "intervals": limits})
        return
    shown = [(metric.title, _text(numbers[metric.name], limits.get(metric.name))) for metric in probe.metrics]
    terminal.table(f"{name} over {len(rows)} images", ("metric", "value [95 % over images]"), shown)
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


def _text(value: float, limits: tuple[float, float] | None) -> str:
    interval = f"  [{limits[0]:.4f}, {limits[1]:.4f}]" if limits else ""
    return f"{value:.4f}{interval}"
