"""What was measured of a variant at a scale, or why nothing was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten

from benchbench import stats
from benchbench.types import (
    Condition,
    Difference,
    Entry,
    Estimate,
    Failed,
    Measured,
    Measurement,
    Metric,
    Ruling,
    Scale,
    Settings,
    Skipped,
    Suite,
)

Paired = Mapping[tuple[str, str], Mapping[str, Difference]]
"""By the identities of two trials: each metric of the first less that of the second, over the same images."""
NOTHING_PAIRED: Paired = {}
LONGEST = 240
LEFT_OUT = "benchbench run, without a selection that leaves it out"
MEND = "see the log with 'benchbench show', mend the cause and run again"


@dataclass(frozen=True)
class Held:
    """A measured number with where it comes from."""

    entry: Entry
    measurement: Measurement
    metric: Metric
    estimate: Estimate

    @property
    def facts(self) -> Settings:
        return self.entry.record.facts if self.entry.record else {}

    @property
    def scored(self) -> bool:
        """Whether it was scored on data, and so depends on weights and images, not on the machine."""
        return not self.metric.exact and (self.metric.unit == "pt" or "data_fingerprint" in self.facts)

    @property
    def machine_bound(self) -> bool:
        return not self.metric.exact and not self.scored


@dataclass(frozen=True)
class Gap:
    """Why there is no number, and the remedy."""

    reason: str
    remedy: str = ""
    ruling: Ruling = Ruling.NOT_MEASURED


class Evidence:
    """The entries of a suite, asked by scale, variant and metric."""

    def __init__(
        self, suite: Suite, entries: Sequence[Entry], metrics: Mapping[str, Metric], paired: Paired = NOTHING_PAIRED
    ) -> None:
        self.reference, self._probes = suite.reference, suite.probes
        self.scales = {scale.name: scale for scale in suite.scales}
        self.metrics = metrics
        self._paired = paired
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        self._sources: dict[str, set[str]] = {}
        for entry in entries:
            place = entry.trial.scale.name, entry.trial.variant.name
            self._entries.setdefault(place, []).append(entry)
            for measurement in measurements(entry):
                self._sources.setdefault(measurement.metric, set()).add(entry.trial.probe.name)

    def of(self, scale: str, variant: str) -> list[Entry]:
        """Every entry of a variant at a scale."""
        return self._entries.get((scale, variant), [])

    def find(self, scale: str, variant: str, metric: str, conditions: Settings | None = None) -> Held | Gap:
        """The number whose probe's condition fits best, else why there is none."""
        if metric not in self.metrics:
            return Gap(f"no probe gives a metric '{metric}'")
        if self.metrics[metric].per:
            return Gap(f"{metric} is a profile over the {self.metrics[metric].per}s and no one number")
        found = [
            (entry, measurement)
            for entry in self.of(scale, variant)
            for measurement in measurements(entry)
            if measurement.metric == metric
        ]
        if not found:
            return self._gap(scale, variant, metric)
        return _held(*min(found, key=lambda pair: _misfits(pair[0], conditions or {})), self.metrics[metric])

    def difference(self, left: Held, right: Held) -> Estimate | None:
        """metric(left) - metric(right) over the same images, where the two were compared so."""
        ends, name = (left.entry.trial.identity, right.entry.trial.identity), left.metric.name
        if known := self._paired.get(ends, {}).get(name):
            return stats.over_images(known)
        if back := self._paired.get(ends[::-1], {}).get(name):
            return stats.over_images(replace(back, value=-back.value, low=-back.high, high=-back.low))
        return None

    def stand_ins(self) -> tuple[Scale, ...]:
        """The scales that stand in for a document's model."""
        return tuple(scale for scale in self.scales.values() if scale.is_stand_in)

    def _gap(self, scale: str, variant: str, metric: str) -> Gap:
        """Why nothing is there: its probe's outcome, a failure before a skip."""
        probe = self.metrics[metric].probe
        sources = {probe} if probe else self._sources.get(metric, set())
        relevant = [entry for entry in self.of(scale, variant) if entry.trial.probe.name in sources]
        for entry in sorted(relevant, key=lambda entry: not isinstance(entry.outcome, Failed)):
            return gap_of(entry)
        lacking = f"{metric} of '{variant}' is not measured at scale '{scale}'"
        return Gap(lacking, LEFT_OUT if self._asked(sources, scale, variant) else "name a probe for it in the suite")

    def _asked(self, sources: Collection[str], scale: str, variant: str) -> bool:
        """Whether the suite names such a probe, so that it was a selection that left it out."""
        chosen = (use for use in self._probes if use.name in sources and scale in (use.scales or (scale,)))
        return any(variant in (use.variants or (variant,)) for use in chosen)


def measurements(entry: Entry) -> tuple[Measurement, ...]:
    return entry.outcome.measurements if isinstance(entry.outcome, Measured) else ()


def gap_of(entry: Entry) -> Gap:
    """Why an entry without measurements has none."""
    match entry.outcome:
        case Skipped(reason, remedy):
            return Gap(reason, remedy)
        case Failed(error):
            first = shorten(error.strip().partition("\n")[0], LONGEST, placeholder=" …") or "no error was told"
            return Gap(f"{entry.trial.variant.name} failed in {entry.trial.probe.name}: {first}", MEND)
    return Gap(f"{entry.trial.label} measured nothing")


def _held(entry: Entry, measurement: Measurement, metric: Metric) -> Held | Gap:
    if metric.unit == "pt" and any(sample < 0 for sample in measurement.samples):
        return Gap(f"the data hold no ground truth for {metric.title}", "measure on data that do")
    try:
        return Held(entry, measurement, metric, stats.estimate(measurement, metric))
    except ValueError as error:
        return Gap(f"{entry.trial.label}: {error}", MEND)


def _misfits(entry: Entry, conditions: Settings) -> int:
    held: Condition = entry.trial.probe.condition
    stated = {name: value for name, value in conditions.items() if value not in ("unstated", "any")}
    return sum(hasattr(held, name) and str(getattr(held, name)) != str(value) for name, value in stated.items())
