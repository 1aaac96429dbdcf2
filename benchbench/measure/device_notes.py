"""What a reader of a timing on a GPU must be told beside the number. No clock in here, and no torch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from statistics import median

from benchbench.catalog.nvidia import slowed_by
from benchbench.measure.devices import is_cuda
from benchbench.measure.rounds import Round
from benchbench.types import Condition

LAUNCHING = 0.9
"""Share of a call in which the host still hands out work: beyond it, the GPU waits for the host."""
MOVED = 0.05
"""Of the highest clock, how far it may fall."""
WAITING = ("onnxruntime",)
"""Runtimes whose call returns when the work is done, and not when it is handed out."""


def device_notes(rounds: Sequence[Round], arm: str, condition: Condition) -> tuple[str, ...]:
    """Everything to be said of the device, and of an arm's calls on it, in the rounds that count."""
    if not is_cuda(condition.device) or not rounds:
        return ()
    found = [_contended(rounds), _slowed(rounds), _moved(rounds), _launching(rounds, arm, condition), _unseen(rounds)]
    return tuple(note for note in found if note)


def _contended(rounds: Sequence[Round]) -> str:
    others = [int(each.device.get("gpu_others", 0)) for each in rounds]
    shared = sum(count > 0 for count in others)
    if not shared:
        return ""
    who = "another process" if max(others) == 1 else f"up to {max(others)} other processes"
    return f"contended: {who} computed on the GPU in {shared} of {len(rounds)} rounds"


def _slowed(rounds: Sequence[Round]) -> str:
    bits = [int(each.device.get("gpu_slowing", 0)) for each in rounds]
    reasons = slowed_by(reduce(or_, bits))
    share = sum(bool(slowed_by(each)) for each in bits) / len(rounds)
    return f"the GPU was slowed by {' and '.join(reasons)} in {share:.0%} of the rounds" if reasons else ""


def _moved(rounds: Sequence[Round]) -> str:
    clocks = [each.device["gpu_sm_mhz"] for each in rounds if "gpu_sm_mhz" in each.device]
    if not clocks or min(clocks) >= (1 - MOVED) * max(clocks):
        return ""
    return f"the GPU's clock was between {min(clocks):.0f} and {max(clocks):.0f} MHz: it was not locked"


def _launching(rounds: Sequence[Round], arm: str, condition: Condition) -> str:
    calls = [each.calls[arm] for each in rounds]
    shares = [call.launch_s / call.wall_s for call in calls if call.launch_s is not None and call.wall_s]
    if condition.runtime in WAITING or not shares or median(shares) <= LAUNCHING:
        return ""
    return f"launch-bound: for {median(shares):.0%} of a call the host was handing out work that the GPU waited for"


def _unseen(rounds: Sequence[Round]) -> str:
    if not any("gpu_sm_mhz" in each.device for each in rounds):
        return "the GPU's clock, temperature and other processes could not be read: pip install 'benchbench[gpu]'"
    if not any("gpu_others" in each.device for each in rounds):
        return "whether other processes computed on the GPU cannot be seen from here"
    return ""
