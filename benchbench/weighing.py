"""One metric of one trial at two times, weighed by what its numbers vary over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log1p
from statistics import fmean

from benchbench import stats
from benchbench.catalog.probes import PROBES
from benchbench.same_images import Paired
from benchbench.types import Change, Estimate, Judgement, Kind, Machine, Measurement, Metric, Trial
from benchbench.verify import effects, tolerances
from benchbench.verify.gates import counted, judged

LIMITS = "99 % interval"
SAME = "the same number"
NOT_INTERLEAVED = "an absolute time of two runs that did not take turns: a sign at most"
WITHIN_ERROR = "the two readings differ by no more than their known errors"
RESIDENT = "peak_memory_mib"
CACHED = "with the pages of libraries that the kernel happened to hold, as large as it holds them: a sign at most"


def kind_of(probe: str, metric: Metric, measurement: Measurement) -> Kind:
    """What a metric of a probe of this kind varies over."""
    if metric.exact:
        return "exact"
    if stats.SEED in measurement.columns:
        return "seeds"
    if "reference" in measurement.columns or probe == "timed":
        return "time"
    is_counter = metric.unit in ("MiB", "s")
    return "exact" if probe == "static" and is_counter else "data"


def blank(trial: Trial, metric: Metric, kind: Kind) -> Change:
    """A change of which nothing is known."""
    where = trial.label, trial.scale.name, trial.probe.name, trial.variant.name
    return Change(*where, metric, kind, Judgement.INSUFFICIENT_DATA, None, None, None, 0.0, None, "", trial.identity)


def estimated(measurement: Measurement, metric: Metric) -> Estimate:
    """The number of one side; of a profile its sum. Raises ValueError where it has none."""
    if metric.per:
        total = sum(measurement.samples)
        return Estimate(total, total, total, len(measurement.samples), exact=metric.exact, scope="sum")
    return stats.estimate(measurement, metric)


@dataclass(frozen=True)
class Pair:
    """A metric on both sides."""

    trial: Trial
    metric: Metric
    before: Measurement
    after: Measurement

    @property
    def blank(self) -> Change:
        """The change with its numbers, before it is weighed."""
        kind = kind_of(PROBES[self.trial.probe.name].kind, self.metric, self.before)
        numbers = [estimated(side, self.metric) for side in (self.before, self.after)]
        return replace(blank(self.trial, self.metric, kind), before=numbers[0], after=numbers[1])

    @property
    def is_same(self) -> bool:
        return self.before.samples == self.after.samples


def exact(pair: Pair) -> Change:
    """Counts: equal or not."""
    judgement, why = counted(pair.before.samples, pair.after.samples, pair.metric.better)
    one, other = sum(pair.before.samples), sum(pair.after.samples)
    share = (other - one) / abs(one) if one else None
    effect = None if share is None else Estimate(share, share, share, exact=True)
    return replace(pair.blank, judgement=judgement, effect=effect, why=why)


def reading(pair: Pair) -> Change:
    """Single readings of a counter, whose largest error is known."""
    if pair.is_same:
        return _same(pair)
    known = pair.blank
    if (
        known.before is None
        or known.after is None
        or not (stats.decisive(known.before) and stats.decisive(known.after))
    ):
        return replace(known, why=stats.NO_INTERVAL)
    found = _judged(pair, effects.between_readings(known.before, known.after), tolerances.READING, as_logs=True)
    if found.judgement is not Judgement.EQUIVALENT and _within_error(known.before, known.after):
        return replace(found, judgement=Judgement.INCONCLUSIVE, why=WITHIN_ERROR)
    is_whole_process = pair.metric.name == RESIDENT and not pair.trial.probe.condition.device.startswith("cuda")
    return _sign_at_most(found, CACHED) if is_whole_process else found


def _within_error(before: Estimate, after: Estimate) -> bool:
    """Whether both may be readings of one number: each limit is the largest error there is, not a likely one."""
    return before.low <= after.high and after.low <= before.high


def time(pair: Pair, machine: Machine | None, least: float) -> Change:
    """Times of two runs: each variant's ratio to its own run's reference; of the reference the absolute time."""
    alone = not all("reference" in side.columns for side in (pair.before, pair.after))
    is_reference = alone or all(side.samples == side.columns["reference"] for side in (pair.before, pair.after))
    effect = (effects.between_times if is_reference else effects.between_runs)(pair.before, pair.after)
    if effect is None:
        return replace(pair.blank, why=f"fewer than {effects.LEAST_ROUNDS} rounds")
    gpu = pair.trial.probe.condition.device.startswith("cuda")
    steal = max(fmean(side.columns.get("steal", (0.0,))) for side in (pair.before, pair.after))
    threshold, reason = tolerances.of_time(machine, effect.n, steal=steal, gpu=gpu, least=least)
    found = _judged(pair, effect, threshold, as_logs=True)
    if machine is None and not gpu:
        reason += ", not calibrated"
    if is_reference:
        return _sign_at_most(found, NOT_INTERLEAVED)
    ratios = [stats.ratio(side).value for side in (pair.before, pair.after)]
    told = f"×{ratios[0]:.3f} → ×{ratios[1]:.3f} of the reference; threshold {reason}"
    return replace(found, why=f"{found.why} ({told})")


def seeds(pair: Pair) -> Change:
    """Scores of several trainings."""
    if pair.is_same:
        return _same(pair)
    effect = effects.between_trainings(pair.before, pair.after)
    if effect is None:
        return replace(pair.blank, why=f"fewer than {effects.LEAST_SEEDS} trainings on a side")
    return _judged(pair, effect, _of_data(pair), as_logs=False)


def data(pair: Pair, rows: Callable[[], Paired]) -> Change:
    """Scores over the same images: by the probe's own paired test where it has one."""
    found = rows() if PROBES[pair.trial.probe.name].kind == "scored" else Paired()
    if found.identical or (pair.is_same and not found.differences):
        return replace(_same(pair), why="not one row differs" if found.identical else SAME)
    difference = found.differences.get(pair.metric.name)
    if difference is not None:
        change = _judged(pair, effects.over_images(difference, found.images), _of_data(pair), as_logs=False)
        return replace(change, why=f"{change.why} ({difference.test})")
    return _same(pair) if pair.is_same else _unpaired(pair, found.trouble)


def _unpaired(pair: Pair, trouble: str) -> Change:
    known = pair.blank
    if (
        known.before is None
        or known.after is None
        or not (stats.decisive(known.before) and stats.decisive(known.after))
    ):
        why = trouble or "changed, and there is no test of this number"
        return replace(known, judgement=Judgement.SUSPICIOUS, threshold=_of_data(pair), why=why)
    change = _judged(pair, effects.unpaired(known.before, known.after), _of_data(pair), as_logs=False)
    return replace(change, why=f"{change.why} (not paired{': ' * bool(trouble)}{trouble})")


def _of_data(pair: Pair) -> float:
    numbers = [fmean(side.samples) for side in (pair.before, pair.after)]
    return tolerances.of_data(pair.metric, *numbers)


def _same(pair: Pair) -> Change:
    nothing = Estimate(0.0, 0.0, 0.0, exact=True)
    return replace(pair.blank, judgement=Judgement.EQUIVALENT, effect=nothing, why=SAME)


def _judged(pair: Pair, effect: effects.Effect, threshold: float, *, as_logs: bool) -> Change:
    own = log1p(threshold) if as_logs else threshold
    judgement, why = judged(effect, own, pair.metric.better)
    shown = effect.shown(as_logs=as_logs, scope=LIMITS)
    return replace(pair.blank, judgement=judgement, effect=shown, threshold=threshold, p=effect.p, why=why)


def _sign_at_most(change: Change, reason: str) -> Change:
    """What never alarms by itself, for this reason; nor does its test count among those that may."""
    alarming = change.judgement in (Judgement.REGRESSION, Judgement.IMPROVEMENT)
    judgement = Judgement.SUSPICIOUS if alarming else change.judgement
    return replace(change, judgement=judgement, p=None, why=f"{change.why} ({reason})")
