"""`matrix:` groups become variants, on the tree, so that every expanded value still knows where it was written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from benchbench.declare.tree import Fields, Items, Node, Scalar, fields_of, items_of
from benchbench.errors import nearest
from benchbench.types import Complaint, Place

MOST_COMBINATIONS = 1_000
MOST_NODES = 200_000
_HOLE = re.compile(r"\{([^{}]*)\}")
_OWN = ("matrix", "name", "exclude", "include")
_TEXTS = ("title", "note", "from")

Combination = dict[str, Node]


class _Broken(Exception):
    """This group cannot be expanded; the complaints say why."""


@dataclass
class _Ledger:
    """What was found wrong, and how much was written so far."""

    complaints: list[Complaint] = field(default_factory=list)
    nodes: int = 0
    whole: bool = True
    """Whether every group gave its variants, so that their names are known."""

    def complain(self, place: Place, what: str, hint: str = "") -> None:
        self.complaints.append(Complaint(place, what, hint))

    def count(self, place: Place) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self.complain(place, f"the matrices of this section come to more than {MOST_NODES:,} values")
            raise _Broken


def expand_groups(root: Fields, section: str) -> tuple[list[Complaint], bool]:
    """Replace each group of a section by its variants, in place, order kept.

    What is wrong comes back, and whether the names of all variants are known nevertheless.
    """
    found = root.entries.get(section)
    if not isinstance(found, Fields):
        return [], True
    ledger = _Ledger()
    grown = Fields(found.place)
    for key, node in found.entries.items():
        at = found.keys[key]
        if not (isinstance(node, Fields) and "matrix" in node.entries):
            _add(grown, key, node, at, ledger)
            continue
        try:
            for name, variant in _Group(node, ledger).variants():
                _add(grown, name, variant, at, ledger)
        except _Broken:
            ledger.whole = False
    root.entries[section] = grown
    return ledger.complaints, ledger.whole


def _add(grown: Fields, name: str, node: Node, at: Place, ledger: _Ledger) -> None:
    if name in grown.entries:
        ledger.complain(at, f"'{name}' is declared twice", f"first on line {grown.keys[name].line}")
    else:
        grown.put(name, node, at)


class _Group:
    def __init__(self, node: Fields, ledger: _Ledger) -> None:
        self._node = node
        self._ledger = ledger
        self._axes = self._read_axes()

    def variants(self) -> Iterator[tuple[str, Node]]:
        name = self._name()
        template = Fields(self._node.place)
        for key, node in self._node.entries.items():
            if key not in _OWN:
                template.put(key, node, self._node.keys[key])
        for combination in [*self._kept(), *self._included()]:
            yield self._plain_text(name, combination).text, self._fill(template, combination)

    def _name(self) -> Scalar:
        name = self._node.entries.get("name")
        if not isinstance(name, Scalar):
            self._ledger.complain(self._node.keys["matrix"], "a matrix needs a 'name'", 'such as name: "depth-{depth}"')
            raise _Broken
        unknown = [axis for axis in _HOLE.findall(name.text) if axis not in self._axes]
        for axis in unknown:
            self._ledger.complain(name.place, f"unknown axis '{axis}'", nearest(axis, self._axes))
        if unknown:
            raise _Broken
        return name

    def _read_axes(self) -> dict[str, list[Node]]:
        axes = {axis: items_of(values) for axis, values in fields_of(self._node.entries["matrix"]).items()}
        empty = [axis for axis, values in axes.items() if not values]
        if empty or not axes:
            what = f"the axis '{empty[0]}' needs a list of values" if empty else "a matrix needs axes"
            self._ledger.complain(self._node.entries["matrix"].place, what, "such as {depth: [4, 3, 2]}")
            raise _Broken
        size = math.prod(map(len, axes.values()))
        if size > MOST_COMBINATIONS:
            self._ledger.complain(self._node.keys["matrix"], f"{size:,} combinations, more than {MOST_COMBINATIONS:,}")
            raise _Broken
        return axes

    def _kept(self) -> list[Combination]:
        every = [dict(zip(self._axes, values, strict=True)) for values in product(*self._axes.values())]
        for rule in self._rules("exclude"):
            kept = [combination for combination in every if not _matches(combination, rule)]
            if len(kept) == len(every):
                self._ledger.complain(rule.place, "this excludes nothing", "its values must be among those of the axes")
            every = kept
        return every

    def _included(self) -> Iterator[Combination]:
        for rule in self._rules("include"):
            missing = [axis for axis in self._axes if axis not in rule.entries]
            if missing:
                self._ledger.complain(rule.place, f"missing '{missing[0]}'", "an included combination gives every axis")
            else:
                yield dict(rule.entries)

    def _rules(self, key: str) -> Iterator[Fields]:
        rules = self._node.entries.get(key)
        if rules is not None and not isinstance(rules, Items):
            self._ledger.complain(rules.place, f"'{key}' should be a list of combinations", "such as [{depth: 2}]")
        for rule in items_of(rules):
            if not isinstance(rule, Fields) or not rule.entries:
                self._ledger.complain(rule.place, f"'{key}' takes combinations", "such as {depth: 2}")
                continue
            unknown = [axis for axis in rule.entries if axis not in self._axes]
            for axis in unknown:
                self._ledger.complain(rule.keys[axis], f"unknown axis '{axis}'", nearest(axis, self._axes))
            if not unknown:
                yield rule

    def _fill(self, node: Node, combination: Combination, key: str = "") -> Node:
        """The node with every hole filled; a text that is one whole hole takes the value with its type."""
        self._ledger.count(node.place)
        if isinstance(node, Items):
            return Items([self._fill(child, combination) for child in node.items], node.place)
        if isinstance(node, Fields):
            filled = Fields(node.place)
            for name, child in node.entries.items():
                filled.put(name, self._fill(child, combination, name), node.keys[name])
            return filled
        if not isinstance(node.value, str):
            return node
        whole = None if key in _TEXTS else _HOLE.fullmatch(node.text)
        if whole and whole[1] in combination:
            return self._moved(combination[whole[1]], node.place)
        return self._plain_text(node, combination)

    def _plain_text(self, node: Scalar, combination: Combination) -> Scalar:
        text = _HOLE.sub(lambda hole: self._text(hole[1], combination, node.place), node.text)
        return Scalar(text, text, node.place)

    def _text(self, axis: str, combination: Combination, place: Place) -> str:
        value = combination.get(axis)
        if isinstance(value, Scalar):
            return value.text
        if value is None:
            self._ledger.complain(place, f"unknown axis '{axis}'", nearest(axis, self._axes))
        else:
            self._ledger.complain(
                place, f"the values of '{axis}' cannot stand inside a text", "they are no plain values"
            )
        return axis

    def _moved(self, node: Node, place: Place) -> Node:
        """The same value as if written at this place, where a complaint about it belongs."""
        self._ledger.count(place)
        if isinstance(node, Scalar):
            return Scalar(node.value, node.text, place)
        if isinstance(node, Items):
            return Items([self._moved(child, place) for child in node.items], place)
        entries = {key: self._moved(child, place) for key, child in node.entries.items()}
        return Fields(place, entries, dict.fromkeys(entries, place))


def _matches(combination: Combination, rule: Fields) -> bool:
    return all(_same(combination[axis], value) for axis, value in rule.entries.items())


def _same(left: Node, right: Node) -> bool:
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return left.text == right.text
    if isinstance(left, Items) and isinstance(right, Items):
        return len(left.items) == len(right.items) and all(map(_same, left.items, right.items))
    return False
