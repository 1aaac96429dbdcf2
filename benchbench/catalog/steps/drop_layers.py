"""Removing whole Transformer layers of one stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from benchbench.catalog.anatomy import Stack
from benchbench.catalog.contracts import Step, Subject
from benchbench.catalog.surgery.entries import entry_of, kept_of, parameters, settings_from
from benchbench.catalog.surgery.layers import SCORED, Keep, Selection, selected
from benchbench.catalog.surgery.taps import Wanted, refuse_misfits, retapped, taps_from
from benchbench.errors import CannotCut, nearest
from benchbench.types import Json

NAME, VERSION = "drop-layers", 2


def apply(
    subject: Subject,
    *,
    stack: str,
    count: int | None = None,
    keep: Keep = "first",
    layers: list[int] | None = None,
    taps: Wanted = None,
    candidates: int = 200,
) -> None:
    """Keep `count` layers of a stack, in their order, and remove the others from the model.

    `keep`: the `first` or the `last`; `every-other`, evenly spread with both ends; the 0-based `layers` of a `list`; or
    chosen on calibration data, where there are none the first, said in the entry: those of most `importance`, the
    change of their output against their input; those without which, each alone, the `loss` rises most; or the best of
    a `search` over choices of equal cost, which stops swapping layers after so many `candidates`.

    `taps`: what the head reads of the layers that remain. `proportional`: at the same share of the depth, the last tap
    being the last layer; `nearest`: the distinct layers that were nearest to those read before; or the 0-based list.
    Not given: as before while the layers up to the last tap stay, else proportional. Raises CannotCut where that cannot
    be.
    """
    chosen = _stack(subject, stack)
    asked = _asked(chosen, Selection(keep, 0, layers, taps, candidates), count)
    cut = selected(subject, chosen, asked)
    retap = retapped(chosen, cut.kept[stack], taps)
    if retap:
        cut = replace(cut, more={**cut.more, "taps": retap.entry})
    before = {"params": parameters(subject.model), stack: len(chosen.layers)}
    _remove(chosen, cut.kept[stack], retap.after if retap else ())
    after = {"params": parameters(subject.model), stack: asked.count}
    settings = {"stack": stack, "count": asked.count, "keep": keep, "layers": layers, "taps": taps}
    settings |= {"candidates": candidates} if keep == "search" else {}
    subject.surgery.append(entry_of((NAME, VERSION), settings, cut, before, after))


def reapply(subject: Subject, entry: Mapping[str, Json]) -> None:
    """Remove the layers that an entry's cut removed. Raises BadCheckpoint for an entry that does not fit the model."""
    chosen = _stack(subject, settings_from(entry, apply)["stack"])
    kept = kept_of((NAME, VERSION), entry, {chosen.name: len(chosen.layers)})[chosen.name]
    _remove(chosen, kept, taps_from(entry, chosen, len(kept)))
    subject.surgery.append(dict(entry))


def _stack(subject: Subject, name: str) -> Stack:
    anatomy = subject.anatomy
    try:
        return anatomy.stack(name)
    except KeyError:
        known = [stack.name for stack in anatomy.stacks]
        raise CannotCut(f"{NAME}: no stack '{name}'", nearest(name, known)) from None


def _asked(stack: Stack, asked: Selection, count: int | None) -> Selection:
    """The selection with its count, refused before anything is scored."""
    available = len(stack.layers)
    if asked.keep == "list":
        asked = replace(asked, count=_listed(stack.name, available, asked.layers, count))
    elif asked.layers is not None:
        raise CannotCut(f"{NAME}: layers are listed but keep is '{asked.keep}'", "write keep: list")
    else:
        asked = replace(asked, count=_counted(stack.name, available, count))
    if stack.taps:
        refuse_misfits(stack, asked.count, asked.taps)
    return asked


def _counted(stack: str, available: int, count: int | None) -> int:
    if count is None:
        raise CannotCut(f"{NAME}: how many layers of '{stack}' to keep?", "give a count, or keep: list and layers")
    if not 1 <= count <= available:
        raise CannotCut(f"{NAME}: cannot keep {count} of the {available} layers of '{stack}'")
    return count


def _listed(stack: str, available: int, layers: list[int] | None, count: int | None) -> int:
    if not layers:
        raise CannotCut(f"{NAME}: keep: list needs the 0-based layers of '{stack}'")
    beyond = [layer for layer in layers if not 0 <= layer < available]
    if beyond:
        raise CannotCut(f"{NAME}: '{stack}' has layers 0 to {available - 1}, not {', '.join(map(str, beyond))}")
    if layers != sorted(set(layers)):
        raise CannotCut(f"{NAME}: layers {layers} must ascend without repeats", "kept layers stay in their order")
    if count not in (None, len(layers)):
        raise CannotCut(f"{NAME}: count is {count} but {len(layers)} layers are listed")
    return len(layers)


def _remove(stack: Stack, kept: list[int], taps: tuple[int, ...]) -> None:
    from benchbench.catalog.surgery.slicing import keep_layers

    keep_layers(stack, kept, taps)


def chooses(*, keep: str = "first", **_: Json) -> bool:
    """Importance, losses and searches are measured on data."""
    return keep in SCORED


STEP = Step(name=NAME, version=VERSION, reducing=True, apply=apply, reapply=reapply, chooses=chooses)
