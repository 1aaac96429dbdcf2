"""What a reader of a timing must be told beside the number."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median, quantiles, stdev

from benchbench.measure.meters import Call
from benchbench.measure.rounds import Plan, Round, half_width, last, measurement, played, relevant, trustworthy
from benchbench.twins import twin_ratio

WAITING = 1.05
STOLEN = 0.01
SPREAD = 0.10
SHORT_S = 1e-3
FOREIGN = 0.05
FAR_OUT = 3
"""Interquartile ranges beyond the quartiles at which Tukey calls a sample far out."""


def notes(plan: Plan, rounds: Sequence[Round], arm: str, threads: int) -> tuple[str, ...]:
    """Everything to be said of an arm's samples in the rounds that count."""
    counting = last(plan, rounds)
    calls = [each.calls[arm] for each in counting]
    found = [*_run(plan, rounds), _unresolved(plan, counting, arm), *_calls(calls, threads), _foreign(counting)]
    return tuple(note for note in found if note)


def _run(plan: Plan, rounds: Sequence[Round]) -> list[str]:
    tried = sorted({each.attempt for each in relevant(plan, rounds)})
    failed = [number for number in tried if not trustworthy(plan, played(plan, rounds, number))]
    twins = ", then ".join(_twin(plan, played(plan, rounds, number)) for number in failed)
    if failed and failed[-1] == tried[-1]:
        return [
            f"the run's own A/A check failed, also when repeated: the identical twin took {twins} the reference's time"
        ]
    return [f"the run was repeated: its first A/A check failed, with {twins} the reference's time"] if failed else []


def _twin(plan: Plan, rounds: Sequence[Round]) -> str:
    known = twin_ratio(measurement("seconds", plan, rounds, plan.reference))
    return f"×{known.value:.3f} [{known.low:.3f}, {known.high:.3f}]"


def _unresolved(plan: Plan, rounds: Sequence[Round], arm: str) -> str:
    width = half_width(plan, rounds, arm) if arm in plan.arms else 0.0
    if width <= plan.budget.half_width:
        return ""
    told = f"not resolved: half-width {width:.1%} after {len(rounds)} rounds, {plan.budget.half_width:.1%} wanted"
    return f"{told}; a larger budget or a quieter machine would help"


def _calls(calls: Sequence[Call], threads: int) -> list[str]:
    walls = [call.seconds for call in calls]
    waiting = median(_waiting(call, threads) for call in calls)
    stolen = fmean(call.steal for call in calls)
    spread = stdev(walls) / fmean(walls)
    found = {
        f"wall time is {waiting:.2f} × CPU time per thread: threads waited or were displaced": waiting > WAITING,
        f"{stolen:.1%} of the time was stolen by the hypervisor": stolen > STOLEN,
        f"samples spread by {spread:.0%}: more rounds or a quieter machine would help": spread > SPREAD,
        "calls are shorter than a millisecond: a larger batch or input would be told better": median(walls) < SHORT_S,
        f"{far_out(walls)} of {len(walls)} samples lie far out; they are kept": far_out(walls) > 0,
    }
    return [note for note, holds in found.items() if holds]


def far_out(samples: Sequence[float]) -> int:
    """How many samples lie more than three interquartile ranges beyond the quartiles, and a tenth off the median."""
    if len(samples) < 2:
        return 0
    low, middle, high = quantiles(samples, n=4, method="inclusive")
    reach, least = FAR_OUT * (high - low), SPREAD * middle
    return sum((each < low - reach or each > high + reach) and abs(each - middle) > least for each in samples)


def _waiting(call: Call, threads: int) -> float:
    """Wall time over CPU time per thread; of a call that a GPU did, whose threads have nothing to do, 1."""
    return call.wall_s * threads / call.cpu_s if call.cpu_s and call.device_s is None else 1.0


def _foreign(rounds: Sequence[Round]) -> str:
    share = fmean(each.others for each in rounds)
    return f"other processes took {share:.0%} of the machine meanwhile" if share > FOREIGN else ""
