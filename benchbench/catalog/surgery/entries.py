"""What a step wrote down about its cut, and the doubting reader: entries may come from strangers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadCheckpoint
from benchbench.types import Json

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.contracts import Subject
    from benchbench.catalog.surgery.groups import Group

COST_ONLY = "cost only"
"""The note of a cut that wanted calibration data and had none: what is left was chosen by its index."""


@dataclass(frozen=True)
class Cut:
    """What stays, under the name of its group, and how it was chosen; `more` goes into the entry as it is."""

    kept: Mapping[str, list[int]]
    score: str
    note: str = ""
    scores: Mapping[str, list[float]] | None = None
    more: Mapping[str, Json] = field(default_factory=dict)


def parameters(model: nn.Module) -> int:
    """Exact number of parameters; batch-norm buffers are none."""
    return sum(parameter.numel() for parameter in model.parameters())


def entry_of(
    step: tuple[str, int], settings: Mapping[str, Any], cut: Cut, before: Mapping[str, int], after: Mapping[str, int]
) -> dict[str, Json]:
    """The surgery entry of one cut: plain JSON, enough to repeat it on a fresh model without data or scores."""
    entry: dict[str, Json] = {
        "step": step[0],
        "version": step[1],
        "settings": dict(settings),
        "score": cut.score,
        "kept": {name: list(indices) for name, indices in cut.kept.items()},
        "before": dict(before),
        "after": dict(after),
    }
    if cut.note:
        entry["note"] = cut.note
    if cut.scores:
        entry["scores"] = {name: list(values) for name, values in cut.scores.items()}
    return entry | dict(cut.more)


def sizes(subject: Subject, groups: Iterable[Group]) -> dict[str, int]:
    """How many indices each group has, and the model's parameters."""
    return {"params": parameters(subject.model)} | {group.name: group.count for group in groups}


def kept_of(step: tuple[str, int], entry: Mapping[str, Json], counts: Mapping[str, int]) -> dict[str, list[int]]:
    """The kept indices of an entry, for just these groups of so many indices each.

    Raises BadCheckpoint unless the step and its version are these, no group is missing or unknown, and every list is
    ascending, without repeats and in range.
    """
    name, version = step
    if (entry.get("step"), entry.get("version")) != step:
        found = f"{entry.get('step')!r} version {entry.get('version')!r}"
        raise BadCheckpoint(f"surgery entry is of {found}, not of '{name}' version {version}")
    kept = entry.get("kept")
    if not isinstance(kept, dict) or set(kept) != set(counts):
        listed = ", ".join(sorted(set(counts) ^ set(kept))[:5]) if isinstance(kept, dict) else "'kept' is no mapping"
        raise BadCheckpoint(f"{name}: surgery entry and model disagree on the groups: {listed}")
    return {group: indices_from(f"{name}: {group}", kept[group], count) for group, count in counts.items()}


def settings_from(entry: Mapping[str, Json], apply: Callable[..., None]) -> dict[str, Any]:
    """An entry's settings as `apply` would take them. Raises BadCheckpoint for an unknown, missing or ill-typed one."""
    given = entry.get("settings")
    known = settings_of(apply)
    if not isinstance(given, dict) or not set(known).issuperset(given):
        raise BadCheckpoint(f"surgery entry of '{entry.get('step')}': unknown settings", f"known: {', '.join(known)}")
    try:
        return {name: _typed(given, parameter) for name, parameter in known.items()}
    except ValidationError as error:
        raise BadCheckpoint(f"surgery entry of '{entry.get('step')}': {error}") from error


def _typed(given: Mapping[str, Json], parameter: Parameter) -> Any:
    fallback = None if parameter.default is Parameter.empty else parameter.default
    return TypeAdapter(parameter.annotation).validate_python(given.get(parameter.name, fallback), strict=True)


def indices_from(place: str, value: Json, count: int) -> list[int]:
    """A list of indices below `count` as JSON brings it. Raises BadCheckpoint unless it ascends without repeats."""
    if not isinstance(value, list) or not value:
        raise BadCheckpoint(f"{place}: indices must be a list that is not empty")
    indices: list[int] = []
    for index in value:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < count:
            raise BadCheckpoint(f"{place}: index {index!r} is not one of 0 to {count - 1}")
        indices.append(index)
    _refuse_disorder(place, indices)
    return indices


def _refuse_disorder(place: str, indices: Sequence[int]) -> None:
    if any(one >= other for one, other in pairwise(indices)):
        raise BadCheckpoint(f"{place}: indices must ascend without repeats")
