"""`benchbench score`: any scored probe on predictions that were made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
from benchbench.types import Metric, Split

Limits = Mapping[str, tuple[float, float]]
POINTS, FRACTION = "pt", "fraction"
"""Points are fractions shown times a hundred; data for programs hold them as they are."""
ENDS = 10
"""Parts of a long split that are shown at either end."""


@dataclass(frozen=True)
class Scored:
    """Rows, the settings that they are summarised under, and the words over the table."""

    probe: ScoredProbe
    rows: Rows
    settings: Mapping[str, Any]
    title: str


def show(name: str, predictions: Path, targets: Path, given: Sequence[str], resamples: int, *, as_json: bool) -> None:
    """Print a probe's metrics under settings such as `cap=10`, with their intervals."""
    probe = scored(name)
    settings = settings_from(given, f"setting of {name}", settings_of(probe.summarise))
    rows = read(probe, predictions, targets, settings)
    found = Scored(probe, rows, settings, f"{name} over {images(len(rows))}")
    numbers, limits = summary(found, resamples, 0)
    apart = taken_apart(found, {})
    if as_json:
        terminal.data(told(found, numbers, limits) | {"splits": [asdict(split) for split in apart]})
        return
    shown = [row(metric, numbers[metric.name], limits.get(metric.name)) for metric in probe.metrics]
    terminal.table(found.title, ("metric", "value [95 % over images]", "unit"), shown)
    show_apart(apart)
    for note in probe.notes(rows, **settings):
        terminal.say(f"note: {note}")


def scored(name: str) -> ScoredProbe:
    """The scored probe of this name. Raises BenchbenchError for one of another kind."""
    probe = PROBES[name]
    if not isinstance(probe, ScoredProbe):
        others = [other for other in PROBES if isinstance(PROBES[other], ScoredProbe)]
        raise BenchbenchError(f"'{name}' is not scored on predictions", f"scored probes: {', '.join(others)}")
    return probe


def summary(found: Scored, resamples: int, seed: int) -> tuple[dict[str, float], Limits]:
    """Every metric, and the limits of those that have any; of none without resamples."""
    probe, settings = found.probe, found.settings
    numbers = probe.summarise(found.rows, None, **settings)
    if not resamples:
        return numbers, {}
    limits = probe.intervals(found.rows, resamples, seed, **accepted(probe.intervals, settings))
    known = {metric.name: metric for metric in probe.metrics}
    return numbers, {name: known[name].held(numbers[name], *each) for name, each in limits.items()}


def taken_apart(found: Scored, names: Mapping[int, str]) -> tuple[Split, ...]:
    """The score by kind of error, class or size, classes under these names by id."""
    taken = accepted(found.probe.splits, {**found.settings, "names": names})
    return tuple(found.probe.splits(found.rows, **taken))


def show_apart(splits: Sequence[Split]) -> None:
    """A table for each split with its note; of many parts those with the lowest and the highest values."""
    for split in splits:
        parts, notes = split.parts, [split.note] if split.note else []
        if len(parts) > 2 * ENDS:
            rising = sorted(parts, key=lambda part: part[1])
            parts = (*rising[:ENDS], *rising[-ENDS:])
            notes.append(f"{split.title}: the {ENDS} lowest and the {ENDS} highest of {len(rising)}; --json tells all")
        whole = [(split.whole_title, split.whole)] if split.whole is not None else []
        factor, digits = _form(split.unit)
        rows = [(name, f"{factor * value:.{digits}f}", split.unit) for name, value in [*parts, *whole]]
        terminal.table(split.title, ("part", "value", "unit"), rows)
        for note in notes:
            terminal.say(f"note: {note}")


def told(found: Scored, numbers: Mapping[str, float], limits: Limits) -> dict[str, Any]:
    """The same for programs."""
    units = {metric.name: FRACTION if metric.unit == POINTS else metric.unit for metric in found.probe.metrics}
    return {
        "probe": found.probe.name,
        "samples": len(found.rows),
        "settings": dict(found.settings),
        "notes": found.probe.notes(found.rows, **found.settings),
        "evaluator": found.settings.get("evaluator", "default"),
        "metrics": dict(numbers),
        "intervals": limits,
        "units": units,
    }


def read(probe: ScoredProbe, predictions: Path, targets: Path, settings: Mapping[str, Any]) -> Rows:
    """Score every sample of the targets; whether one may lack a prediction is the probe's reader's to say."""
    truth = probe.read_targets(targets)
    made = probe.read_predictions(predictions, targets)
    if not truth:
        raise BadData(f"{targets} holds no image", "score needs ground truth")
    ids, score = sorted(truth), scorer(probe, settings)
    return gather(ids, [score(identity, made[identity], truth[identity]) for identity in ids])


def row(metric: Metric, value: float, limits: tuple[float, float] | None) -> tuple[str, str, str]:
    """Title, value with limits, unit: points times a hundred, as papers do; what nothing fell into has no value."""
    if metric.unit == POINTS and value < 0:
        return metric.title, "–", metric.unit
    factor, digits = _form(metric.unit)
    low, high = (f"{factor * limit:.{digits}f}" for limit in limits) if limits else ("", "")
    interval = f"  [{low}, {high}]" if limits else ""
    return metric.title, f"{factor * value:.{digits}f}{interval}", metric.unit


def images(number: int) -> str:
    """ "1 image", "200 images"."""
    return f"{number} image{'' if number == 1 else 's'}"


def _form(unit: str) -> tuple[int, int]:
    """What a value of this unit is shown times, and how many of its digits."""
    return (100, 2) if unit == POINTS else (1, 4)
