"""Where each variant lies under the machine's roofs, and why less computation was not faster in proportion."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from benchbench.report.account import Account
from benchbench.report.numbers import RATIO, joined, plain, visible_decimals, written
from benchbench.report.plots import Mark, Panel, Plot, Roofs
from benchbench.types import Cell, Estimate, Load, Machine, Profile, SpeedLimit, Table

CALIBRATE = "benchbench doctor --calibrate"
GIGA, MIB = 1e9, 2**20
TOLD = 0.05
"""How much the time outside of a cut must differ, as a share, to be told."""


def advice(account: Account) -> Iterator[str]:
    """How to come by the rooflines that are missing."""
    missing = [profile.scale for profile in account.profiles if profile.machine is None]
    if missing:
        names = ", ".join(f"“{name}”" for name in dict.fromkeys(missing))
        yield (
            f"No roofline at scale {names}: what the machine can do at most was not measured with these threads and "
            f"this torch. {CALIBRATE} measures it on the machine it runs on; report again then."
        )


def roof_plots(account: Account) -> tuple[Plot, ...]:
    """A roofline for each profile whose machine is known."""
    return tuple(_plot(profile, profile.machine) for profile in account.profiles if profile.machine and profile.models)


def roof_tables(account: Account) -> tuple[Table, ...]:
    """For each profile the bounds of its variants, then the rooflines' numbers."""
    return tuple(table for profile in account.profiles for table in (_limits(profile), _loads(profile)) if table.rows)


def _plot(profile: Profile, machine: Machine) -> Plot:
    peak, bandwidth = f"{_giga(machine.multiply_adds)} GMAC/s", f"{_giga(machine.bandwidth)} GB/s"
    marks = (*_models(profile), *_blocks(profile.blocks))
    panel = Panel(
        name=f"roofline-{_name(profile)}",
        title=f"Roofline, scale “{profile.scale}”",
        description="◆ reference, ● variants, ○ blocks of the reference.",
        x="multiply-adds for each byte of parameters and activations",
        y="GMAC/s",
        marks=marks,
        roofs=Roofs(machine.bandwidth / GIGA, machine.multiply_adds / GIGA, bandwidth, f"peak {peak}"),
    )
    measured = f"Measured on {machine.at[:10]} with {machine.signature.get('threads')} threads"
    ridge = plain(machine.multiply_adds / machine.bandwidth, 1)
    words = (
        f"The machine's peak is {peak}, and its memory moves {bandwidth}: below {ridge} multiply-adds for each byte "
        f"memory is the lower roof. What stays in a cache may lie above that one. {measured}."
    )
    return Plot(f"roofline-{_name(profile)}", "Against what the machine allows", words, (panel,))


def _models(profile: Profile) -> Iterator[Mark]:
    for load in profile.models:
        kind = "reference" if load.name == profile.reference else "model"
        yield Mark(load.name, load.intensity, load.rate / GIGA, kind, _words(load))


def _blocks(loads: Iterable[Load]) -> Iterator[Mark]:
    """The first of each group is labelled with the group's name."""
    seen: set[str] = set()
    for load in loads:
        group = load.name.rpartition(".")[0] or load.name
        yield Mark("" if group in seen else group, load.intensity, load.rate / GIGA, "block", _words(load))
        seen.add(group)


def _words(load: Load) -> str:
    share = f", {_percent(load.share)} of what the machine allows" if load.share is not None else ""
    return f"{load.name}: {_giga(load.rate)} GMAC/s at {plain(load.intensity, 1)} multiply-adds for each byte{share}"


def _loads(profile: Profile) -> Table:
    rows = [_load(load, load.name, "reference" if load.name == profile.reference else "") for load in profile.models]
    rows += [_load(load, load.name, f"of {profile.reference}") for load in profile.parts]
    condition = profile.use.condition
    return Table(
        name=f"roofline-{_name(profile)}",
        title=f"Computation against bytes, scale “{profile.scale}”",
        columns=("Model or part", "multiply-adds", "bytes moved", "intensity", "rate", "of what the roofs allow"),
        rows=tuple(rows),
        align="lrrrrr",
        notes=(
            "Bytes are those of the parameters and of what the submodules write, each once. A whole model's time is "
            f"its latency where it was timed under the same condition (batch {condition.batch}), else its profile's.",
        ),
    )


def _load(load: Load, name: str, aside: str) -> tuple[Cell, ...]:
    lines = (Cell(aside, tone="aside"),) if aside else ()
    share = Cell(_percent(load.share), sort=load.share) if load.share is not None else Cell("–", sort=-1.0)
    return (
        Cell(name, sort=name, tone="name", lines=lines),
        Cell(joined(_giga(load.macs), "G"), sort=load.macs),
        Cell(joined(plain(load.moved / MIB, 1), "MiB"), sort=load.moved),
        Cell(joined(plain(load.intensity, 1), "MAC/byte"), sort=load.intensity),
        Cell(joined(_giga(load.rate), "GMAC/s"), sort=load.rate),
        share,
    )


def _limits(profile: Profile) -> Table:
    return Table(
        name=f"speed-limits-{_name(profile)}",
        title=f"How much faster a cut could be, scale “{profile.scale}”",
        columns=("Variant", "at most", "measured", "Why"),
        rows=tuple(_limit(limit) for limit in profile.limits),
        align="lrrl",
        notes=(
            "By Amdahl's law, from the reference's profile: a block that lost multiply-adds becomes faster in "
            "proportion, every other stays.",
        ),
    )


def _limit(limit: SpeedLimit) -> tuple[Cell, ...]:
    return (
        Cell(limit.variant, sort=limit.variant, tone="name"),
        Cell(_times(limit.bound), sort=limit.bound if math.isfinite(limit.bound) else 1e300),
        Cell(_factor(limit.measured), sort=limit.measured.value),
        Cell(sentence(limit), tone="why"),
    )


def sentence(limit: SpeedLimit) -> str:
    """What the numbers say of the gap between bound and measurement, and nothing else."""
    place = "measured" if limit.is_timed else "measured in the profile alone"
    first = (
        f"{_percent(limit.outside)} of the reference's time is outside of what was cut: {_most(limit.bound)}; "
        f"{place} {_factor(limit.measured)}"
    )
    return f"{first}{_beyond(limit)}.{_rates(limit)}{_rest(limit)}"


def _beyond(limit: SpeedLimit) -> str:
    return ", more than the bound" if limit.measured.low > limit.bound else ""


def _rates(limit: SpeedLimit) -> str:
    """How fast the cut blocks compute, before and after."""
    if limit.peaks is not None:
        then, now = map(_percent, limit.peaks)
        return f" The cut blocks compute at {now} of the machine's peak, {then} before."
    if limit.rates is not None:
        then, now = (joined(_giga(rate), "GMAC/s") for rate in limit.rates)
        return f" The cut blocks compute at {now}, {then} before."
    return " The blocks that were cut are gone as a whole." if limit.bound > 1 else ""


def _rest(limit: SpeedLimit) -> str:
    """What the blocks took that were not cut, where that changed."""
    then, now = (1000 * seconds for seconds in limit.outside_seconds)
    if not then or abs(now / then - 1) < TOLD:
        return ""
    return f" What was not cut took {joined(_milliseconds(now), 'ms')}, {joined(_milliseconds(then), 'ms')} before."


def _milliseconds(value: float) -> str:
    return plain(value, visible_decimals(value, 0 if value >= 100 else 1 if value >= 10 else 2))


def _factor(estimate: Estimate) -> str:
    return written(estimate, RATIO)


def _times(bound: float) -> str:
    return f"×{plain(bound, 2)}" if math.isfinite(bound) else "no bound"


def _most(bound: float) -> str:
    return f"at most {_times(bound)}" if math.isfinite(bound) else _times(bound)


def _percent(share: float) -> str:
    return joined(plain(100 * share, 0 if share >= 0.1 else 1), "%")


def _giga(value: float) -> str:
    found = value / GIGA
    return plain(found, visible_decimals(found, 2 if found < 10 else 1))


def _name(profile: Profile) -> str:
    batch = profile.use.condition.batch
    return profile.scale + (f"-batch-{batch}" if batch > 1 else "")
