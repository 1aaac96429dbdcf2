"""Who teaches whom: no circles, no teacher that is missing at a scale, no tower of teachers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from benchbench.declare.tree import Fields, Items, Node, Scalar, fields_of, items_of, plain
from benchbench.declare.vocabulary import TEACHER
from benchbench.types import Complaint, Place

MOST_STEPS = 500
"""Of a variant, its teachers, their teachers and so on."""


def doubt_teachers(root: Fields, training: frozenset[str]) -> Iterator[Complaint]:
    """What is wrong with teachers whose names are known; `training` are the steps that have one."""
    pupils = {name: _pupil(node, training) for name, node in fields_of(root.entries.get("variants")).items()}
    circles = list(_circles(pupils))
    yield from circles
    yield from _absent(pupils, frozenset(fields_of(root.entries.get("scales"))))
    if not circles:
        yield from _towers(pupils)


@dataclass(frozen=True)
class _Pupil:
    """A variant as far as teaching goes: what it says itself, without its parent's."""

    parent: str
    teachers: tuple[Scalar, ...]
    scales: frozenset[str] | None
    steps: int
    place: Place


def _pupil(node: Node, training: frozenset[str]) -> _Pupil:
    found = fields_of(node)
    parent, scales, steps = found.get("from"), found.get("scales"), items_of(found.get("steps"))
    teachers = [
        fields_of(settings).get(TEACHER)
        for step in steps
        for name, settings in fields_of(step).items()
        if name in training
    ]
    return _Pupil(
        parent=parent.text if isinstance(parent, Scalar) else "",
        teachers=tuple(teacher for teacher in teachers if isinstance(teacher, Scalar)),
        scales=frozenset(str(plain(item)) for item in scales.items) if isinstance(scales, Items) else None,
        steps=len(steps),
        place=node.place,
    )


def _circles(pupils: dict[str, _Pupil]) -> Iterator[Complaint]:
    for name, pupil in pupils.items():
        for teacher in pupil.teachers:
            if teacher.text in pupils and name in _origins(teacher.text, pupils):
                what = f"'{name}' would have to be trained before its teacher '{teacher.text}'"
                yield Complaint(teacher.place, what, "teachers lead in a circle")


def _origins(name: str, pupils: dict[str, _Pupil]) -> set[str]:
    """A variant, its ancestors, its teachers, and theirs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in pupils and current not in found:
            found.add(current)
            waiting += [pupils[current].parent, *(teacher.text for teacher in pupils[current].teachers)]
    return found


def _absent(pupils: dict[str, _Pupil], every: frozenset[str]) -> Iterator[Complaint]:
    for name in pupils:
        line = list(_ancestry(name, pupils))
        here = _scales(line, every)
        for teacher in (teacher for pupil in line for teacher in pupil.teachers if teacher.text in pupils):
            missing = here - _scales(list(_ancestry(teacher.text, pupils)), every)
            if missing:
                what = f"the teacher '{teacher.text}' of '{name}' is not at scale '{min(missing)}'"
                yield Complaint(teacher.place, what, f"give both the same scales, such as those of '{teacher.text}'")


def _ancestry(name: str, pupils: dict[str, _Pupil]) -> Iterator[_Pupil]:
    """A variant and its ancestors, youngest first."""
    seen: set[str] = set()
    while name in pupils and name not in seen:
        seen.add(name)
        yield pupils[name]
        name = pupils[name].parent


def _scales(line: list[_Pupil], every: frozenset[str]) -> frozenset[str]:
    return next((pupil.scales for pupil in line if pupil.scales is not None), every)


def _towers(pupils: dict[str, _Pupil]) -> Iterator[Complaint]:
    """Each teacher is told with all of its own, so that a few lines could come to more than any file holds."""
    needed = {name: [pupil.parent, *(t.text for t in pupil.teachers)] for name, pupil in pupils.items()}
    try:
        order = list(TopologicalSorter(needed).static_order())
    except CycleError:
        return  # `from` leads in a circle, which is complained of elsewhere
    weights: dict[str, int] = {}
    for name in order:
        pupil = pupils.get(name)
        taught = sum(weights.get(teacher.text, 0) for teacher in pupil.teachers) if pupil else 0
        weights[name] = weights.get(pupil.parent, 0) + pupil.steps + taught if pupil else 0
    for name, pupil in pupils.items():
        if pupil.teachers and weights[name] > MOST_STEPS:
            what = f"'{name}' comes to {weights[name]:,} steps with its teachers'"
            yield Complaint(pupil.place, what, f"at most {MOST_STEPS:,}")
