"""What the profiles over layers and the machine's limits say together: rooflines, and bounds of speed-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

from benchbench import stats, twins
from benchbench.catalog.formulas import roofline
from benchbench.catalog.memory import MIB
from benchbench.types import (
    Condition,
    Entry,
    Estimate,
    Load,
    Machine,
    Measured,
    Measurement,
    ProbeUse,
    Profile,
    Settings,
    SpeedLimit,
    Suite,
)

PROBE, TIMED, METRIC = "layers", "latency", "latency_ms"
LISTED = "layers: "
BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
NEEDED = ("layer_ms", "layer_macs", "layer_params", "layer_activation_mib")


@dataclass(frozen=True)
class Blocks:
    """A variant's blocks by name: milliseconds, multiply-adds and bytes of each; the whole call's time, if measured."""

    variant: str
    times: Mapping[str, float]
    macs: Mapping[str, float]
    moved: Mapping[str, float]
    latency: Measurement | None
    environment: Settings

    @property
    def seconds(self) -> float:
        """Of a whole call: by the probe of latency where there is one, else with a clock at every block."""
        if self.latency is not None:
            return median(self.latency.samples) / 1000
        return sum(self.times.values()) / 1000


def profiles(suite: Suite, entries: Sequence[Entry], machines: Sequence[Machine]) -> tuple[Profile, ...]:
    """One for each scale and use of the probe that has whole profiles; the reference's blocks where it has one."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        use = entry.trial.probe
        if use.name == PROBE and set(NEEDED) <= _by_metric(entry).keys() and len(_names(entry)):
            groups.setdefault((entry.trial.scale.name, str(use.condition)), []).append(entry)
    return tuple(_profile(suite, group, entries, machines) for group in groups.values())


def _profile(suite: Suite, group: list[Entry], entries: Sequence[Entry], machines: Sequence[Machine]) -> Profile:
    trial = group[0].trial
    every = [_blocks(entry, entries) for entry in group]
    machine = next((each for each in machines if all(each.is_that_of(blocks.environment) for blocks in every)), None)
    reference = next((blocks for blocks in every if blocks.variant == suite.reference), None)
    blocks = tuple(_parts(reference)) if reference else ()
    return Profile(
        scale=trial.scale.name,
        use=trial.probe,
        reference=suite.reference,
        machine=machine,
        models=tuple(_under(machine, each) for blocks in every for each in _whole(blocks)),
        blocks=tuple(_under(machine, each) for each in blocks),
        parts=tuple(_under(machine, each) for each in _grouped(blocks)),
        limits=tuple(_limits(reference, every, machine)) if reference else (),
    )


def _blocks(entry: Entry, entries: Sequence[Entry]) -> Blocks:
    found, names, condition = _by_metric(entry), _names(entry), entry.trial.probe.condition
    times, macs, params, written = ([*found[name].samples] for name in NEEDED)
    size = BYTES.get(condition.dtype, 4)
    moved = [count * size + mib * MIB for count, mib in zip(params, written, strict=True)]
    return Blocks(
        variant=entry.trial.variant.name,
        times=dict(zip(names, times, strict=True)),
        macs=dict(zip(names, macs, strict=True)),
        moved=dict(zip(names, moved, strict=True)),
        latency=_latency(entry, entries),
        environment=entry.record.environment if entry.record else {},
    )


def _latency(entry: Entry, entries: Iterable[Entry]) -> Measurement | None:
    """The latency of the same variant at the same scale under the same condition."""
    trial = entry.trial
    for other in entries:
        asked = other.trial
        is_same = (asked.variant.name, asked.scale.name) == (trial.variant.name, trial.scale.name)
        found = _by_metric(other).get(METRIC) if asked.probe.name == TIMED and is_same else None
        if found is not None and found.samples and _alike(asked.probe, trial.probe):
            return found
    return None


def _alike(use: ProbeUse, other: ProbeUse) -> bool:
    def unthreaded(condition: Condition) -> Condition:
        return replace(condition, threads=0)

    threads = {use.condition.threads, other.condition.threads} - {0}
    return unthreaded(use.condition) == unthreaded(other.condition) and len(threads) < 2


def _whole(blocks: Blocks) -> Iterator[Load]:
    macs, moved = sum(blocks.macs.values()), sum(blocks.moved.values())
    if macs > 0 and moved > 0 and blocks.seconds > 0:
        yield Load(blocks.variant, macs, moved, blocks.seconds)


def _parts(blocks: Blocks) -> Iterator[Load]:
    """Blocks with work; one of none has no place on a roofline."""
    for name, macs in blocks.macs.items():
        if macs > 0 and blocks.moved[name] > 0 and blocks.times[name] > 0:
            yield Load(name, macs, blocks.moved[name], blocks.times[name] / 1000)


def _grouped(blocks: Iterable[Load]) -> Iterator[Load]:
    """Blocks of one stack as one."""
    for group, loads in groupby(blocks, lambda load: load.name.rpartition(".")[0] or load.name):
        found = list(loads)
        name = f"{group}, {len(found)} blocks" if len(found) > 1 else found[0].name
        yield Load(name, *(sum(part) for part in zip(*((x.macs, x.moved, x.seconds) for x in found), strict=True)))


def _under(machine: Machine | None, load: Load) -> Load:
    if machine is None:
        return load
    roof = roofline.attainable(load.intensity, machine.multiply_adds, machine.bandwidth)
    return replace(load, share=load.rate / roof)


def _limits(reference: Blocks, every: Iterable[Blocks], machine: Machine | None) -> Iterator[SpeedLimit]:
    """Of every variant that lost work somewhere."""
    before = [*reference.macs.values()]
    for blocks in every:
        after = [blocks.macs.get(name, 0.0) for name in reference.macs]
        if any(roofline.cut(before, after)) and min(sum(each.times.values()) for each in (reference, blocks)) > 0:
            yield _limit(reference, blocks, after, machine)


def _limit(reference: Blocks, blocks: Blocks, after: list[float], machine: Machine | None) -> SpeedLimit:
    times, before = [*reference.times.values()], [*reference.macs.values()]
    is_cut = dict(zip(reference.macs, roofline.cut(before, after), strict=True))
    rates = _rate(reference, is_cut, blocks), _rate(blocks, is_cut, blocks)
    known = (rates[0], rates[1]) if rates[0] is not None and rates[1] is not None else None
    measured, is_timed = _speed_up(reference, blocks)
    rest = tuple(sum(time for name, time in each.times.items() if not is_cut.get(name)) for each in (reference, blocks))
    return SpeedLimit(
        variant=blocks.variant,
        outside=roofline.outside(times, before, after),
        bound=roofline.bound(times, before, after),
        measured=measured,
        is_timed=is_timed,
        outside_seconds=(rest[0] / 1000, rest[1] / 1000),
        rates=known,
        peaks=(known[0] / machine.multiply_adds, known[1] / machine.multiply_adds) if known and machine else None,
    )


def _rate(blocks: Blocks, is_cut: Mapping[str, bool], left: Blocks) -> float | None:
    """Multiply-adds a second of the blocks that were cut, as far as something of them is left."""
    names = [name for name, cut in is_cut.items() if cut and left.macs.get(name, 0.0) > 0]
    seconds = sum(blocks.times[name] for name in names) / 1000
    return sum(blocks.macs[name] for name in names) / seconds if seconds > 0 else None


def _speed_up(reference: Blocks, blocks: Blocks) -> tuple[Estimate, bool]:
    """How many times faster, and whether by the probe of latency: paired within rounds where it was timed so."""
    ours, theirs = blocks.latency, reference.latency
    if ours is not None and "reference" in ours.columns:
        return _inverse(twins.ratio(ours)), True
    if ours is not None and theirs is not None:
        return stats.quotient(stats.median(theirs.samples), stats.median(ours.samples)), True
    value = sum(reference.times.values()) / sum(blocks.times.values())
    return Estimate(value, value, value, scope=stats.NO_INTERVAL), False


def _inverse(ratio: Estimate) -> Estimate:
    return replace(ratio, value=1 / ratio.value, low=1 / ratio.high, high=1 / ratio.low)


def _by_metric(entry: Entry) -> dict[str, Measurement]:
    return {each.metric: each for each in entry.outcome.measurements} if isinstance(entry.outcome, Measured) else {}


def _names(entry: Entry) -> list[str]:
    """The blocks' names, by the first note of the profile; none where a record does not name as many as it measured."""
    notes = entry.outcome.notes if isinstance(entry.outcome, Measured) else ()
    listed = next((note.removeprefix(LISTED).split(", ") for note in notes if note.startswith(LISTED)), [])
    found = _by_metric(entry)
    return listed if all(len(found[name].samples) == len(listed) for name in NEEDED) else []
