"""What is at hand: machine, libraries, and for each shipped suite its checkpoint, data and recovered weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchbench import flow
from benchbench.catalog.contracts import Absent, Located, Weights
from benchbench.errors import BadData
from benchbench.expand import expand
from benchbench.lineage import Lineage, seeded
from benchbench.machines import machines
from benchbench.measure import environment, usable_cores
from benchbench.measure.meters import read_ticks
from benchbench.shipped import suites
from benchbench.types import Scale, Suite, Use

DATA = ("dataset", "calibration", "training", "unlabelled")

UNKNOWN = "not measured → benchbench doctor --calibrate"


def checkup(records: Path = Path("records")) -> dict[str, Mapping[str, object]]:
    """The machine, the libraries, and what is at hand for the shipped suites; `records` is where weights are kept."""
    found: dict[str, object] = {}
    for name in suites():
        request = flow.Request(name, records=records)
        suite, lineage = flow.read(request), Lineage({}, request.artifacts)
        for scale in suite.scales:
            found |= {f"{name} {scale.name} {thing}": told for thing, told in _of_scale(scale, lineage)}
            found |= {f"{name} {scale.name} recovered": told for told in _recovered(suite, scale, lineage)}
    return {"machine": _machine(), "limits": dict(_limits(records)), "at hand": found}


def _machine() -> dict[str, object]:
    """The environment, in words where there is nothing to tell, and how much time the hypervisor took away."""
    here = environment(usable_cores())
    facts: dict[str, object] = {name: "none" if value in (None, "") else value for name, value in here.items()}
    ticks = read_ticks()
    return facts | {
        "steal": f"{ticks.stolen / ticks.total:.1%} since the machine started" if ticks.total else "not told"
    }


def _limits(records: Path) -> Iterator[tuple[str, str]]:
    """What this machine can do at most with all its cores, where that was measured."""
    here = environment(usable_cores())
    known = next((machine for machine in machines(records) if machine.is_that_of(here)), None)
    if known is None:
        yield from ((name, UNKNOWN) for name in ("multiply-adds", "memory bandwidth", "noise"))
        return
    yield "multiply-adds", f"{known.multiply_adds / 1e9:.1f} GMAC/s ({here['threads']} threads, float32)"
    yield "memory bandwidth", f"{known.bandwidth / 1e9:.1f} GB/s"
    yield "noise", f"{known.noise:.1%} from one call to its equal in the same round"
    yield from ((f"noise of a ratio: {name}", f"±{width:.1%}") for name, width in known.apart.items())
    yield "measured", known.at
    yield from ((f"how {number}", note) for number, note in enumerate(known.notes, 1))


def _of_scale(scale: Scale, lineage: Lineage) -> Iterator[tuple[str, str]]:
    yield "checkpoint", _at_hand(lineage.weights(scale))
    for name in DATA:
        use: Use | None = getattr(scale, name)
        if use is not None:
            yield "data" if name == "dataset" else name, _data(use, lineage)


def _data(use: Use, lineage: Lineage) -> str:
    try:
        return _at_hand(lineage.data(use))
    except BadData as error:
        return f"unusable: {error.what}"


def _recovered(suite: Suite, scale: Scale, lineage: Lineage) -> Iterator[str]:
    """How many of the trained variants that are scored at this scale have their weights."""
    cohorts = expand(suite, everything=True, seeded=seeded).cohorts
    trials = {
        (trial.variant.name, trial.seed): trial
        for cohort in cohorts
        for trial in cohort.trials
        if cohort.scale == scale and seeded(trial.variant, trial.probe)
    }
    if trials:
        missing = sum(bool(lineage.untrained(trial)) for trial in trials.values())
        hint = f" → benchbench run {suite.name} --recover" if missing else ""
        yield f"{len(trials) - missing} of {len(trials)} trainings{hint}"


def _at_hand(thing: Weights | Located | Absent) -> str:
    return f"missing: {thing.reason} → {thing.remedy}" if isinstance(thing, Absent) else "yes"
