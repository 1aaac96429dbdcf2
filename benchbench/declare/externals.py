"""What an external variant may say besides: it is built already, so that nothing can be done to it."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.declare.tree import Fields, Items, Node, Scalar, fields_of, items_of
from benchbench.declare.vocabulary import TEACHER
from benchbench.types import Complaint

OWN = ("steps", "architecture", "checkpoints")
HINT = "a model that is built already takes none; change what it was made of, and export that"


def doubt_externals(root: Fields, training: frozenset[str]) -> Iterator[Complaint]:
    """Steps, sizes or checkpoints of a model that is built already, its own or inherited; such a one as a teacher."""
    variants = fields_of(root.entries.get("variants"))
    declared = {**fields_of(root.entries.get("attempts")), **variants}
    closed = {name: place for name in declared if (place := _external(name, declared)) is not None}
    for name in closed:
        for each in _line(name, declared):
            yield from _changes(name, each)
    for node in declared.values():
        for teacher in _teachers(node, training):
            if teacher.text in closed:
                what = f"the teacher '{teacher.text}' is external"
                yield Complaint(teacher.place, what, "a teacher is a variant that is built here")


def _changes(name: str, node: Node) -> Iterator[Complaint]:
    if not isinstance(node, Fields):
        return
    for key in OWN:
        if _says(node.entries.get(key)):
            yield Complaint(node.keys[key], f"'{key}' cannot change '{name}', which is external", HINT)


def _says(node: Node | None) -> bool:
    """Whether there is anything under a key; a key that holds nothing changes nothing."""
    return bool(items_of(node)) or bool(fields_of(node))


def _external(name: str, declared: dict[str, Node]) -> Scalar | None:
    """What a variant names as its external model, or the nearest ancestor does."""
    for node in _line(name, declared):
        found = fields_of(node).get("external")
        if isinstance(found, Scalar) and found.text:
            return found
    return None


def _line(name: str, declared: dict[str, Node]) -> list[Node]:
    """A variant and its ancestors, youngest first, each once."""
    found: dict[str, Node] = {}
    while name in declared and name not in found:
        found[name] = declared[name]
        parent = fields_of(declared[name]).get("from")
        name = parent.text if isinstance(parent, Scalar) else ""
    return list(found.values())


def _teachers(node: Node, training: frozenset[str]) -> Iterator[Scalar]:
    steps = fields_of(node).get("steps")
    for step in items_of(steps) if isinstance(steps, Items) else []:
        for name, settings in fields_of(step).items():
            found = fields_of(settings).get(TEACHER)
            if name in training and isinstance(found, Scalar):
                yield found
