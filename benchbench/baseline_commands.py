"""What `benchbench baseline` does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchbench import baselines, flow, terminal
from benchbench.errors import BenchbenchError
from benchbench.record import Store
from benchbench.sides import BASELINES, known_baselines, place_of
from benchbench.types import Record

MACHINE = ("cpu", "cores_usable", "threads", "device", "gpu", "python", "torch", "transformers", "numpy")


@dataclass(frozen=True)
class Wish:
    """What is to be kept: of a suite alone, or of a selection; rows up to so many MiB each."""

    name: str
    suite: str = ""
    select: str = ""
    force: bool = False
    largest_mib: float = baselines.LARGEST_MIB


def keep(wish: Wish, records: Path, *, as_json: bool) -> None:
    """Keep the newest measured records as a baseline."""
    store = Store(records)
    picked = baselines.chosen(store.records(), wanted(wish.suite, wish.select, records))
    card = baselines.described(wish.name, wish.suite, wish.select)
    made = baselines.made(store, picked, card, force=wish.force, largest_mib=wish.largest_mib)
    if as_json:
        terminal.data(asdict(made))
        return
    terminal.say(f"baseline {made.name}: {made.records} records in {records / BASELINES / made.name}")
    for label in made.left_out:
        terminal.say(f"left out: the rows of {label} are missing or larger than {wish.largest_mib:g} MiB")


def wanted(suite: str, select: str, records: Path) -> list[str] | None:
    """The places of what a suite measures, all of it; None where no suite was named. Raises InvalidSuite."""
    if not suite:
        if select:
            raise BenchbenchError("-k selects within a suite", "name the suite, too")
        return None
    plan = flow.plan(flow.Request(suite, select=select, everything=True, records=records))
    return [place_of(entry.trial) for entry in plan.entries]


def show_all(records: Path, *, as_json: bool) -> None:
    """Print the baselines, one a line."""
    cards = [baselines.card(records, name) for name in known_baselines(records / BASELINES) if _is_name(name)]
    if as_json:
        terminal.data([asdict(card) for card in cards])
        return
    if not cards:
        terminal.say("no baselines: benchbench baseline set NAME [SUITE] keeps one")
        return
    rows = [(card.name, card.suite or "all", card.made, card.benchbench, str(card.records)) for card in cards]
    terminal.table("", ("baseline", "suite", "made", "benchbench", "records"), rows)


def show(records: Path, name: str, *, as_json: bool) -> None:
    """Print what a baseline holds."""
    card = baselines.card(records, name)
    kept = Store(baselines.found(records, name)).records()
    machines = list(baselines.signatures(kept, MACHINE).values())
    if as_json:
        trials = [_trial(record) for record in kept]
        terminal.data({**asdict(card), "machines": machines, "trials": trials})
        return
    made = f"made {card.made} by benchbench {card.benchbench}" if card.made else "made by hand"
    terminal.table(f"{name}: {card.suite or 'all'}, {made}", ("scale", "probe", "trials", "measured"), _counted(kept))
    for machine in machines:
        told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items() if value is not None)
        terminal.say(f"measured on: {told}")


def remove(records: Path, name: str) -> None:
    """Take a baseline away."""
    baselines.removed(records, name)
    terminal.say(f"removed baseline {name}")


def _is_name(name: str) -> bool:
    return baselines.NAME.fullmatch(name) is not None


def _trial(record: Record) -> dict[str, Any]:
    trial = record.trial
    named = {"scale": trial.scale.name, "probe": trial.probe.name, "variant": trial.variant.name, "seed": trial.seed}
    return {**named, "key": record.key, "at": record.at, "versions": dict(record.versions)}


def _counted(records: Sequence[Record]) -> list[tuple[str, ...]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for record in records:
        groups.setdefault((record.trial.scale.name, record.trial.probe.name), []).append(record.at)
    return [(*place, str(len(times)), _span(times)) for place, times in sorted(groups.items())]


def _span(times: Sequence[str]) -> str:
    first, last = min(times), max(times)
    return first if first == last else f"{first} to {last}"
