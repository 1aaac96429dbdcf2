"""Removing whole Transformer layers of one stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.contracts import Step, Subject
from benchbench.catalog.surgery.choice import best, spread
from benchbench.catalog.surgery.entries import COST_ONLY, Cut, entry_of, kept_of, parameters, settings_from
from benchbench.errors import CannotCut, nearest
from benchbench.types import Json

Keep = Literal["first", "last", "every-other", "importance", "list"]
NAME, VERSION = "drop-layers", 1


def apply(
    subject: Subject, *, stack: str, count: int | None = None, keep: Keep = "first", layers: list[int] | None = None
) -> None:
    """Keep `count` layers of a stack, in their order, and remove the others from the model.

    `keep`: the `first` or the `last`; `every-other`, evenly spread with both ends; those of most `importance`, the
    change of their output against their input on calibration data, where there are none the first, said in the entry;
    or the 0-based `layers` of a `list`. Raises CannotCut where that cannot be.
    """
    chosen = _stack(subject, stack)
    available = len(chosen.layers)
    if keep == "list":
        kept = Cut({stack: _listed(stack, available, layers, count)}, "index")
    elif layers is not None:
        raise CannotCut(f"{NAME}: layers are listed but keep is '{keep}'", "write keep: list")
    else:
        kept = _chosen(subject, chosen, _counted(stack, available, count), keep)
    before = {"params": parameters(subject.model), stack: available}
    _remove(chosen, kept.kept[stack])
    after = {"params": parameters(subject.model), stack: len(chosen.holder)}
    settings = {"stack": stack, "count": len(chosen.holder), "keep": keep, "layers": layers}
    subject.surgery.append(entry_of((NAME, VERSION), settings, kept, before, after))


def reapply(subject: Subject, entry: Mapping[str, Json]) -> None:
    """Remove the layers that an entry's cut removed. Raises BadCheckpoint for an entry that does not fit the model."""
    chosen = _stack(subject, settings_from(entry, apply)["stack"])
    kept = kept_of((NAME, VERSION), entry, {chosen.name: len(chosen.layers)})
    _remove(chosen, kept[chosen.name])
    subject.surgery.append(dict(entry))


def _stack(subject: Subject, name: str) -> Stack:
    anatomy = subject.anatomy
    try:
        return anatomy.stack(name)
    except KeyError:
        known = [stack.name for stack in anatomy.stacks]
        raise CannotCut(f"{NAME}: no stack '{name}'", nearest(name, known)) from None


def _counted(stack: str, available: int, count: int | None) -> int:
    if count is None:
        raise CannotCut(f"{NAME}: how many layers of '{stack}' to keep?", "give a count, or keep: list and layers")
    if not 1 <= count <= available:
        raise CannotCut(f"{NAME}: cannot keep {count} of the {available} layers of '{stack}'")
    return count


def _listed(stack: str, available: int, layers: list[int] | None, count: int | None) -> list[int]:
    if not layers:
        raise CannotCut(f"{NAME}: keep: list needs the 0-based layers of '{stack}'")
    beyond = [layer for layer in layers if not 0 <= layer < available]
    if beyond:
        raise CannotCut(f"{NAME}: '{stack}' has layers 0 to {available - 1}, not {', '.join(map(str, beyond))}")
    if layers != sorted(set(layers)):
        raise CannotCut(f"{NAME}: layers {layers} must ascend without repeats", "kept layers stay in their order")
    if count not in (None, len(layers)):
        raise CannotCut(f"{NAME}: count is {count} but {len(layers)} layers are listed")
    return list(layers)


def _chosen(subject: Subject, stack: Stack, count: int, keep: Keep) -> Cut:
    available = len(stack.layers)
    batches = subject.calibrate() if keep == "importance" and subject.calibrate else ()
    if batches:
        from benchbench.catalog.surgery.importance import layer_changes

        scores = layer_changes(subject.model, stack, batches)
        return Cut({stack.name: best(scores, count)}, "importance", scores={stack.name: scores})
    if keep == "importance":
        return Cut({stack.name: list(range(count))}, "index", COST_ONLY)
    indices = {
        "first": list(range(count)),
        "last": list(range(available - count, available)),
        "every-other": spread(available, count),
    }
    return Cut({stack.name: indices[keep]}, "index")


def _remove(stack: Stack, kept: list[int]) -> None:
    from benchbench.catalog.surgery.slicing import keep_modules

    # The head finds its taps by layer number, which the cut must not move.
    if stack.taps and kept[: max(stack.taps) + 1] != list(range(max(stack.taps) + 1)):
        raise CannotCut(f"{NAME}: layers of '{stack.name}' up to {max(stack.taps)} are tapped by the head")
    keep_modules(stack.holder, kept)
    stack.counted(len(kept))


def chooses(*, keep: str = "first", **_: Json) -> bool:
    """Importance is measured on data."""
    return keep == "importance"


STEP = Step(name=NAME, version=VERSION, reducing=True, apply=apply, reapply=reapply, chooses=chooses)
