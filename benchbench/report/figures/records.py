"""Which records the numbers of a drawing come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchbench.report.account import Account, is_same
from benchbench.report.values import fact, headlines, measurement
from benchbench.types import Entry, ProbeUse, Scale


def narrowed(account: Account, scale: Scale, use: ProbeUse | None = None) -> Account:
    """What an account tells of one scale alone, or of one use of a probe at it."""

    def belongs(entry: Entry) -> bool:
        probe = entry.trial.probe
        return entry.trial.scale.name == scale.name and (use is None or is_same(probe, use))

    return replace(
        account,
        suite=replace(account.suite, scales=(scale,)),
        entries=tuple(filter(belongs, account.entries)),
        repeats=tuple(filter(belongs, account.repeats)),
        profiles=tuple(each for each in account.profiles if each.scale == scale.name),
    )


def heading_use(account: Account, scale: Scale, metric: str) -> ProbeUse | None:
    """The use of a probe whose numbers a chart of this metric shows: the first that heads a column with it."""
    return next((use for use in account.uses(scale) if metric in headlines(account, use)), None)


def measuring_use(account: Account, scale: Scale, variant: str, metric: str) -> ProbeUse | None:
    """The first use of a probe that measured a metric of a variant."""
    uses = account.uses(scale)
    return next((use for use in uses if measurement(account.entry(scale, use, variant), metric)), None)


def keys(account: Account, scale: Scale, use: ProbeUse | None, variant: str) -> str:
    """The records behind one number; of repeated trainings every one."""
    if use is None:
        return ""
    entry = account.entry(scale, use, variant)
    several = [
        each
        for each in account.repeats
        if each.trial.variant.name == variant and each.trial.scale.name == scale.name and is_same(each.trial.probe, use)
    ]
    return joined(several or ([entry] if entry else []))


def trained_keys(entries: Iterable[Entry], seed: int | None = None) -> str:
    """The records that tell how a variant was trained, with this seed or with any."""
    found = ((entry, set(_seeds(entry))) for entry in entries)
    return joined(entry for entry, seeds in found if seeds and (seed is None or seed in seeds))


def joined(entries: Iterable[Entry]) -> str:
    """The keys of these entries' records, each once."""
    return " ".join(dict.fromkeys(entry.record.key for entry in entries if entry.record))


def _seeds(entry: Entry) -> Iterator[int]:
    surgery = fact(entry, "surgery")
    for step in surgery if isinstance(surgery, list) else []:
        if isinstance(step, dict) and step.get("course") and isinstance(seed := step.get("seed"), int):
            yield seed
