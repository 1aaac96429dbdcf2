"""Probes: what looks, what is timed, what scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchbench.catalog.formulas.rows import Arrays
from benchbench.types import Condition, Difference, Measurement, Metric, Split


@dataclass(frozen=True)
class StaticProbe:
    """Looks at one subject. `environment` is set for a process of its own when the probe needs one."""

    name: str
    version: int
    metrics: tuple[Metric, ...]
    measure: Callable[..., tuple[list[Measurement], list[str]]]
    """`measure(subject, inputs, condition, *, ...)`: measurements and notes."""
    environment: Mapping[str, str] | None = None
    refused: Callable[[Exception], tuple[list[Measurement], list[str]]] | None = None
    """What it measures where the subject cannot be built; without this, such a trial is Failed."""
    tells_training: bool = False
    """Whether it tells what trainings took, so that its numbers are others once they are made."""
    opens: bool = False
    """Whether it looks inside of the model: not to be had of one that came as a closed file."""
    compares: bool = False
    """Whether it sets the subject against its `reference`, which then is lent to it."""
    kind: Literal["static"] = "static"


@dataclass(frozen=True)
class TimedProbe:
    """Returns a call to be timed; the engine warms up, synchronises, interleaves, repeats, isolates."""

    name: str
    version: int
    metrics: tuple[Metric, ...]
    prepare: Callable[..., Callable[[], object]]
    """`prepare(subject, inputs, condition, *, ...)`: the call. Inputs are made outside of it."""
    read: Callable[[float, Condition], float]
    """Seconds of one call to the metric's value (the first of `metrics`)."""
    opens: bool = False
    """Whether it looks inside of the model: not to be had of one that came as a closed file."""
    kind: Literal["timed"] = "timed"


@dataclass(frozen=True)
class ScoredProbe:
    """`score(prediction, target)` per sample, `summarise(rows, weights)` over them; both torch-free.

    `weights` are image multiplicities (None: each once). `summarise` gives every metric by name; `intervals` is the
    metrics' 95 % limits by bootstrap over images, for those it covers. The two readers take files made elsewhere. The
    settings are those of `summarise`; `score` and `intervals` are given those of them that they take.
    """

    name: str
    version: int
    metrics: tuple[Metric, ...]
    score: Callable[..., Arrays]
    """`score(prediction, target, *, ...)`: the row. Raises BadData for a prediction that must not be scored."""
    summarise: Callable[..., dict[str, float]]
    """`summarise(rows, weights=None, *, ...)`. Raises BadData for values that must not be scored."""
    intervals: Callable[..., dict[str, tuple[float, float]]]
    """`intervals(rows, resamples, seed, *, ...)`."""
    read_predictions: Callable[[Path, Path], Mapping[int, Arrays]]
    """`read_predictions(predictions, targets)`: by sample id."""
    read_targets: Callable[[Path], Mapping[int, Arrays]]
    archived: Callable[[Arrays], Arrays] = lambda prediction: prediction
    """What of a prediction is kept beside the record; dense maps would fill the disk and are left out."""
    notes: Callable[..., list[str]] = lambda *_, **__: []
    """`notes(rows, **settings)`: what a reader of the numbers must know, such as samples that do not count."""
    paired: Callable[..., dict[str, Difference]] = lambda *_, **__: {}
    """`paired(rows, others, *, ...)`: by metric, the rows' value minus the others', over the same images in order."""
    fixed: Callable[[Mapping[str, Any]], Mapping[str, object]] | None = None
    """`fixed(settings)`: what acted on each sample, so that no rows made with another tell it; else all of `score`."""
    splits: Callable[..., tuple[Split, ...]] = lambda *_, **__: ()
    """`splits(rows, *, names, ...)`: the rows' numbers taken apart, by kind of error or class; `names` of classes by
    id, where a probe takes them. Dear: kept by content."""
    derived: int = 1
    """The version of `paired` and `splits`, raised when they come to other numbers; records stay as they are."""
    kind: Literal["scored"] = "scored"


Probe = StaticProbe | TimedProbe | ScoredProbe


def reads_outputs(probe: Probe) -> bool:
    """Whether what a probe tells is of the model's outputs, so that it needs the weights that a suite means."""
    return probe.kind == "scored" or (isinstance(probe, StaticProbe) and probe.compares)
