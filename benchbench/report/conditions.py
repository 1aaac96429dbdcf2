"""Under what a scale's numbers were measured, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench import twins
from benchbench.report.account import Account
from benchbench.report.numbers import RATIO, written
from benchbench.report.values import measurements
from benchbench.types import Condition, Measurement, ProbeUse, Scale

MARK = ", which excludes 1 also when repeated: changes are given with intervals widened by as much"


def condition_text(condition: Condition) -> str:
    """`cpu, float32, batch 1, 2 threads, eager`."""
    threads = "all threads" if not condition.threads else f"{condition.threads} thread" + "s" * (condition.threads > 1)
    return f"{condition.device}, {condition.dtype}, batch {condition.batch}, {threads}, {condition.runtime}"


def probe_notes(account: Account, scale: Scale) -> Iterator[str]:
    """One sentence for each use of a timed probe: its condition, its rounds and its own check against the twin.

    Before them, one for each device and dtype that is not the usual one.
    """
    yield from _placements(account, scale)
    for use in account.uses(scale):
        timed = _timed(account, scale, use)
        if timed is not None:
            yield f"{use.name}: {condition_text(use.condition)}; {len(timed.samples)} rounds; {twin_text(timed)}."


def _placements(account: Account, scale: Scale) -> Iterator[str]:
    """Which numbers were measured elsewhere than on the processor, or not in float32."""
    usual = Condition()
    found: dict[tuple[str, str], list[str]] = {}
    for use in account.uses(scale):
        place = use.condition.device, use.condition.dtype
        if place != (usual.device, usual.dtype):
            found.setdefault(place, []).append(use.name)
    for (device, dtype), names in found.items():
        clock = "; times are those of the device's own clock" if device.startswith("cuda") else ""
        yield f"On {device} in {dtype} (weights and inputs, no autocast): {', '.join(dict.fromkeys(names))}{clock}."


def twin_text(measurement: Measurement) -> str:
    """What the reference measured against its identical twin tells of the run."""
    if "twin" not in measurement.columns:
        return "the reference ran without a twin"
    text = f"the reference against its identical twin {written(twins.twin_ratio(measurement), RATIO)}"
    return f"{text}{MARK}" if twins.apart(measurement) else text


def _timed(account: Account, scale: Scale, use: ProbeUse) -> Measurement | None:
    """A measurement of a use, one of a run that failed its own check before any other."""
    entries = (entry for entry in account.at_scale(scale) if entry.trial.probe == use)
    found = [one for entry in entries for one in measurements(entry)[:1] if "reference" in one.columns]
    return next((one for one in found if twins.apart(one)), found[0] if found else None)
