"""Whether two records of one trial may be compared at all: what differs between them, with both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchbench.measure import signature
from benchbench.types import Record

SHOWN = 60


def differing(before: Record, after: Record, *, scored: bool, machine: bool) -> tuple[str, ...]:
    """What must agree and does not, as "name: before | after".

    Always: the declared size, the probe's settings, condition and version. Where it was `scored`: the data. Where it
    depends on the `machine`: the signature of hardware and libraries, threads, and the version of the engine.
    """
    ours, theirs = (dict(_demands(record, scored, machine)) for record in (before, after))
    names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return tuple(f"{name}: {_shown(ours.get(name))} | {_shown(theirs.get(name))}" for name in names)


def changed(before: Record, after: Record) -> tuple[str, ...]:
    """What may differ, since it is what is compared, and is worth a word: the recipe and the versions of its code."""
    found = []
    if _recipe(before) != _recipe(after):
        found.append("the variant's recipe changed")
    versions = {**before.versions, **after.versions}
    for name in versions:
        one, other = before.versions.get(name), after.versions.get(name)
        if one != other and name.split()[0] in ("benchbench", "family", "step", "dataset", "torch", "transformers"):
            found.append(f"{name} {one or 'none'} → {other or 'none'}")
    return tuple(found)


def _demands(record: Record, scored: bool, machine: bool) -> Iterator[tuple[str, Any]]:
    trial, condition = record.trial, vars(record.trial.probe.condition)
    yield "checkpoint", trial.origin.checkpoint
    yield from _each("architecture", trial.scale.architecture)
    yield from _each("input", trial.scale.input)
    yield from _each("setting", trial.probe.settings)
    yield from ((name, condition[name]) for name in ("device", "dtype", "batch", "runtime"))
    probe = f"probe {trial.probe.name}"
    yield f"version of {probe}", record.versions.get(probe)
    if scored:
        yield from ((name, record.facts.get(name)) for name in ("data_fingerprint", "images", "evaluator", "weights"))
    else:
        yield "timing", list(trial.scale.timing)
    if machine:
        yield from signature(record.environment).items()
        yield "version of measure", record.versions.get("measure")


def _each(title: str, settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((f"{title} {name}", value) for name, value in settings.items())


def _recipe(record: Record) -> list[Any]:
    variant = record.trial.variant
    steps = [(use.name, dict(use.settings)) for use in variant.steps]
    return [steps, dict(variant.architecture), variant.external]


def _shown(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
