"""What a reader of a timing must be told beside the number."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median, stdev

from benchbench.measure.meters import Call
from benchbench.measure.rounds import Plan, Round, half_width, last, relevant, trustworthy

WAITING = 1.05
STOLEN = 0.01
SPREAD = 0.10
SHORT_S = 1e-3
FOREIGN = 0.05


def notes(plan: Plan, rounds: Sequence[Round], arm: str, threads: int) -> tuple[str, ...]:
    """Everything to be said of an arm's samples in the rounds that count."""
    counting = last(plan, rounds)
    calls = [each.calls[arm] for each in counting]
    found = [*_run(plan, rounds), _unresolved(plan, counting, arm), *_calls(calls, threads), _foreign(counting)]
    return tuple(note for note in found if note)


def _run(plan: Plan, rounds: Sequence[Round]) -> list[str]:
    if not trustworthy(plan, last(plan, rounds)):
        return ["the run's own A/A check failed: the identical twin differs from the reference, also when repeated"]
    repeated = any(each.attempt for each in relevant(plan, rounds))
    return ["the run was repeated: its first A/A check failed"] if repeated else []


def _unresolved(plan: Plan, rounds: Sequence[Round], arm: str) -> str:
    width = half_width(plan, rounds, arm) if arm in plan.arms else 0.0
    if width <= plan.budget.half_width:
        return ""
    return f"not resolved: half-width {width:.1%} after {len(rounds)} rounds, {plan.budget.half_width:.1%} wanted"


def _calls(calls: Sequence[Call], threads: int) -> list[str]:
    walls = [call.wall_s for call in calls]
    waiting = median(call.wall_s * threads / call.cpu_s if call.cpu_s else 1.0 for call in calls)
    stolen = fmean(call.steal for call in calls)
    spread = stdev(walls) / fmean(walls)
    found = {
        f"wall time is {waiting:.2f} × CPU time per thread: threads waited or were displaced": waiting > WAITING,
        f"{stolen:.1%} of the time was stolen by the hypervisor": stolen > STOLEN,
        f"samples spread by {spread:.0%}: more rounds or a quieter machine would help": spread > SPREAD,
        "calls are shorter than a millisecond: a larger batch or input would be told better": median(walls) < SHORT_S,
    }
    return [note for note, holds in found.items() if holds]


def _foreign(rounds: Sequence[Round]) -> str:
    share = fmean(each.others for each in rounds)
    return f"other processes took {share:.0%} of the machine meanwhile" if share > FOREIGN else ""
