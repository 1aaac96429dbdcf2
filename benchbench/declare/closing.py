"""Steps that nothing can follow: what they leave can be measured, and neither cut nor trained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from benchbench.declare.tree import Node, Scalar, fields_of, items_of
from benchbench.types import Complaint

HINT = "let it be the last step: cut and train before it"


def doubt_closing(root: Node, closing: frozenset[str]) -> Iterator[Complaint]:
    """Every step behind a closing one, in the same variant or in one that inherits it; each place once."""
    found = fields_of(root)
    declared = {**fields_of(found.get("attempts")), **fields_of(found.get("variants"))}
    complaints: dict[object, Complaint] = {}
    for name in declared:
        for (before, _), (step, node) in pairwise(_steps(name, declared)):
            if before in closing:
                what = f"'{step}' of '{name}' comes after '{before}', which no step can follow"
                complaints.setdefault(node.place, Complaint(node.place, what, HINT))
    yield from complaints.values()


def _steps(name: str, declared: dict[str, Node]) -> list[tuple[str, Node]]:
    """A variant's steps, its ancestors' first."""
    line: dict[str, Node] = {}
    while name in declared and name not in line:
        line[name] = declared[name]
        parent = fields_of(declared[name]).get("from")
        name = parent.text if isinstance(parent, Scalar) else ""
    return [_named(step) for node in reversed(line.values()) for step in items_of(fields_of(node).get("steps"))]


def _named(step: Node) -> tuple[str, Node]:
    """A step's name, whether settings follow it or not."""
    if isinstance(step, Scalar):
        return step.text, step
    return next(iter(fields_of(step)), ""), step
