"""An account beside which other runs stand: an earlier one, one of another machine, and one with a hostile name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchbench.beside import set_beside
from benchbench.record import Store
from benchbench.report import Account
from benchbench.sides import Side, place_of
from benchbench.types import Entry, Failed, Measured, Measurement, Record
from tests.report import accounts, large_accounts
from tests.report.hostile import IMAGE, SCRIPT

ROWS = 4
NOWHERE = Store(Path("no such folder of records"))
Changed = Callable[[Measurement, str], Measurement]
HOSTILE = f"{SCRIPT}{IMAGE}"


def account(rows: int = ROWS) -> Account:
    """A few variants with their size, computation, latency and AP, and three other runs; the same at every call."""
    given = large_accounts.account(rows)
    sides = (
        side(given, HOSTILE, "2026-10-01T02:00:00", probes=("size", "coco-ap")),
        side(given, "another-machine", "2026-11-01T02:00:00", faster, cpu="Another CPU @ 4.00GHz"),
        side(given, "baseline nightly", "2026-11-21T02:00:00", changed, failed="variant-0003"),
    )
    found = tuple(replace(set_beside(given, each, NOWHERE), folder=f"records/{each.name}") for each in sides)
    return replace(given, beside=found)


def same(measurement: Measurement, variant: str) -> Measurement:
    del variant
    return measurement


def faster(measurement: Measurement, variant: str) -> Measurement:
    del variant
    return scaled(measurement, 0.25) if "round" in measurement.columns else measurement


def scaled(measurement: Measurement, by: float, *, arms: bool = True) -> Measurement:
    columns = dict(measurement.columns)
    if arms:
        columns |= {name: tuple(by * each for each in columns[name]) for name in ("reference", "twin")}
    return replace(measurement, samples=tuple(by * each for each in measurement.samples), columns=columns)


def changed(measurement: Measurement, variant: str) -> Measurement:
    """Of the first variant faster than it is now, of the second less accurate and larger."""
    noisy = {name: _wavering(values) if name != "round" else values for name, values in measurement.columns.items()}
    if variant == "variant-0001" and measurement.metric == "latency_ms":
        return scaled(replace(measurement, columns=noisy), 0.7, arms=False)
    if variant == "variant-0002" and measurement.metric == "AP":
        return replace(measurement, samples=(0.2,), interval=(0.19, 0.21))
    if variant == "variant-0002" and measurement.metric == "params":
        return replace(measurement, samples=(measurement.samples[0] + 1000,))
    return replace(measurement, columns=noisy)


def _wavering(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value * (1 + 0.003 * (-1) ** place) for place, value in enumerate(values))


def side(
    given: Account,
    name: str,
    at: str,
    change: Changed = same,
    *,
    failed: str = "",
    cpu: str = "",
    probes: tuple[str, ...] = ("size", "flops", "latency", "coco-ap"),
) -> Side:
    """The account's entries as another run would have left them; of the variant `failed` nothing was timed."""
    found = {}
    for entry in given.entries:
        if entry.trial.probe.name in probes and isinstance(entry.outcome, Measured) and entry.record:
            broken = entry.trial.variant.name == failed and entry.trial.probe.name == "latency"
            own = tuple(change(each, entry.trial.variant.name) for each in entry.outcome.measurements)
            outcome = Failed(f"out of memory {IMAGE}", accounts.LOG) if broken else Measured(own)
            found[place_of(entry.trial)] = Entry(entry.trial, outcome, _moved(entry.record, outcome, at, cpu))
    return Side(name, NOWHERE, found)


def _moved(record: Record, outcome: Measured | Failed, at: str, cpu: str) -> Record:
    environment = {**record.environment, **({"cpu": cpu} if cpu else {})}
    return replace(record, outcome=outcome, environment=environment, at=at, run=f"run of {at[:10]}")
