"""What an entry says of a metric, and how it compares with the reference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from benchbench import stats, twins
from benchbench.report.account import Account
from benchbench.types import Difference, Entry, Estimate, Form, Json, Measured, Measurement, Metric, ProbeUse, Scale

HEADLINES = {
    "size": ("params", "file_mib"),
    "structure": (),
    "builds": (),
    "flops": ("macs",),
    "latency": ("latency_ms",),
    "throughput": ("throughput_ips",),
    "peak-memory": ("peak_memory_mib",),
    "coco-ap": ("AP",),
    "depth-error": ("AbsRel", "delta1"),
    "drift": ("drift_cosine", "drift_relative", "drift_agreement"),
    "layers": (),
    "throughput-sweep": ("best_throughput_ips", "common_throughput_ips"),
    "loading": (),
    "recovery": (),
}
"""Which of a probe's metrics head a column; of a probe not named here, the first it measured. No profile does."""
ON_GPU = {"peak-memory": ("gpu_allocated_mib",), "train-memory": ("gpu_train_allocated_mib",)}
"""The same of probes that measure something else on a GPU."""
COSTS = frozenset(
    {
        *("size", "structure", "builds", "loading", "recovery"),
        *("flops", "layers", "latency", "encoder-latency", "throughput", "throughput-sweep", "peak-memory"),
        *("train-step", "train-memory", "drift"),
    }
)
"""Probes of what a model costs or is, and how far it strays; every other one tells how well it does."""
COMPARED = frozenset({"drift"})
"""Probes whose numbers are against the reference already: a change of those would say nothing."""


@dataclass(frozen=True)
class Change:
    """A variant against the reference: its estimate in the form that suits the metric."""

    form: Form
    estimate: Estimate


def measurements(entry: Entry) -> tuple[Measurement, ...]:
    return entry.outcome.measurements if isinstance(entry.outcome, Measured) else ()


def measurement(entry: Entry | None, metric: str) -> Measurement | None:
    """The measurement of a metric, if the entry has one with samples."""
    if entry is None:
        return None
    return next((found for found in measurements(entry) if found.metric == metric and found.samples), None)


def estimate_of(entry: Entry | None, metric: Metric) -> Estimate | None:
    """The metric's estimate; None where there is none, and `why_missing` says why."""
    found = measurement(entry, metric.name)
    if found is None or is_empty_bucket(found, metric):
        return None
    with suppress(ValueError):
        return stats.estimate(found, metric)
    return None


def is_empty_bucket(found: Measurement, metric: Metric) -> bool:
    """Whether there was no ground truth to score: COCO's -1."""
    return metric.unit == "pt" and any(sample < 0 for sample in found.samples)


def why_missing(entry: Entry, metric: Metric) -> str:
    """Why a measured entry has no estimate of a metric."""
    found = measurement(entry, metric.name)
    if isinstance(entry.outcome, Measured) and not measurements(entry) and entry.outcome.notes:
        return "; ".join(entry.outcome.notes)
    if found is None:
        return "the probe gave no such number"
    return "no ground truth of this kind" if is_empty_bucket(found, metric) else "samples that cannot be summarised"


def difference_of(account: Account, entry: Entry | None, metric: Metric) -> Difference | None:
    """Against the reference over the same images, where the two were compared so."""
    return None if entry is None else differences_of(account, entry).get(metric.name)


def differences_of(account: Account, entry: Entry) -> Mapping[str, Difference]:
    """By metric: against the reference over the same images. None where the two were not compared so."""
    reference = reference_entry(account, entry.trial.scale, entry.trial.probe) if account.paired else None
    return account.paired.get((entry.trial.identity, reference.trial.identity), {}) if reference else {}


def change_of(
    entry: Entry | None, reference: Entry | None, metric: Metric, paired: Difference | None = None
) -> Change | None:
    """Against the reference: paired within rounds where it was timed so, by seed where both were trained so.

    Where the two are compared over the same images (`paired`) it rests on that. Points differ by subtraction,
    everything else by ratio less one. COMPARED probes have none.
    """
    own = None if entry is None or entry.trial.probe.name in COMPARED else entry
    ours, theirs = measurement(own, metric.name), measurement(reference, metric.name)
    with suppress(ValueError):
        if ours is not None and "reference" in ours.columns:
            return Change("change", shifted(twins.ratio(ours), -1.0))
        if ours is None or theirs is None or is_empty_bucket(ours, metric) or is_empty_bucket(theirs, metric):
            return None
        if paired is not None:
            return _over_images(paired, theirs, metric)
        if metric.unit == "pt":
            return Change("difference", stats.difference_between(ours, theirs, metric))
        return Change("change", shifted(stats.quotient_between(ours, theirs, metric), -1.0))
    return None


def _over_images(paired: Difference, theirs: Measurement, metric: Metric) -> Change:
    found = stats.over_images(paired)
    if metric.unit == "pt":
        return Change("difference", found)
    return Change("change", shifted(stats.ratio_from(found, stats.estimate(theirs, metric)), -1.0))


def shifted(ratio: Estimate, by: float) -> Estimate:
    return Estimate(ratio.value + by, ratio.low + by, ratio.high + by, ratio.samples, ratio.exact, ratio.scope)


def headlines(account: Account, use: ProbeUse) -> tuple[str, ...]:
    """The metrics of a probe that head columns."""
    if use.condition.device != "cpu" and use.name in ON_GPU:
        return ON_GPU[use.name]
    if use.name in HEADLINES:
        return HEADLINES[use.name]
    return tuple(name for name in known_names(account, use.name) if not account.metric(name).per)[:1]


def is_accuracy(use: ProbeUse, metric: Metric) -> bool:
    """Whether a metric tells how well a model does what it is for, and not what it costs."""
    return use.name not in COSTS and metric.better != "neither" and not metric.exact and not metric.per


def is_trained(entry: Entry | None) -> bool:
    """Whether the subject was trained by its variant's steps."""
    return fact(entry, "recovery") not in (None, "none")


def trainings(entry: Entry | None, metric: Metric) -> int:
    """Over how many trainings a number of a trained variant was taken; 1 unless its samples have seeds."""
    found = measurement(entry, metric.name)
    return len(set(found.columns.get("seed", (0.0,)))) if found else 0


def known_names(account: Account, probe: str) -> tuple[str, ...]:
    """The metrics of a probe: those that any of its trials measured, else those declared for it."""
    measured = measured_names(entry for entry in account.entries if entry.trial.probe.name == probe)
    return measured or tuple(metric.name for metric in account.metrics.values() if metric.probe == probe)


def measured_names(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Names of the metrics that any of these entries measured, in order of appearance."""
    return tuple(dict.fromkeys(found.metric for entry in entries for found in measurements(entry)))


def fact(entry: Entry | None, name: str) -> Json:
    """A fact of the entry's record; None where there is no record."""
    return entry.record.facts.get(name) if entry is not None and entry.record is not None else None


def is_random(entry: Entry | None) -> bool:
    return fact(entry, "weights") == "random"


def reference_entry(account: Account, scale: Scale, use: ProbeUse) -> Entry | None:
    return account.entry(scale, use, account.suite.reference)


def finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
