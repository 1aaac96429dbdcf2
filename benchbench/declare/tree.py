"""A YAML file as a tree in which everything knows its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchbench.types import Json, Place

Path = tuple[str | int, ...]
"""Keys and indices from the root."""


@dataclass
class Scalar:
    """A value and the text it was written as."""

    value: Json
    text: str
    place: Place


@dataclass
class Items:
    items: list[Node]
    place: Place


@dataclass
class Fields:
    """A mapping; `keys` are the places of its keys."""

    place: Place
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)

    def put(self, key: str, node: Node, place: Place) -> None:
        self.entries[key] = node
        self.keys[key] = place


Node = Scalar | Items | Fields


def plain(node: Node, as_text: Callable[[Path], bool] = lambda _: False, path: Path = ()) -> Json:
    """The tree without places. Numbers at paths for which `as_text` holds stay the text they were written as."""
    if isinstance(node, Fields):
        return {key: plain(child, as_text, (*path, key)) for key, child in node.entries.items()}
    if isinstance(node, Items):
        return [plain(child, as_text, (*path, index)) for index, child in enumerate(node.items)]
    return node.text if type(node.value) in (int, float) and as_text(path) else node.value


def children(node: Node) -> Iterator[Node]:
    """Those directly below."""
    if isinstance(node, Fields):
        yield from node.entries.values()
    elif isinstance(node, Items):
        yield from node.items


def step_into(node: Node, part: str | int) -> Node | None:
    """The child of this key or index; None where there is none."""
    if isinstance(node, Fields) and isinstance(part, str):
        return node.entries.get(part)
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    return None


def trace(root: Node, path: Path) -> tuple[Path, Node, Place]:
    """Follow a path as far as it leads: the part of it that exists, its node, and the place of its last key or item.

    Parts that lead nowhere are passed over, so that a path through a union's branches still arrives.
    """
    node, place = root, root.place
    walked: list[str | int] = []
    for part in path:
        child = step_into(node, part)
        if child is not None:
            place = node.keys[part] if isinstance(node, Fields) and isinstance(part, str) else child.place
            node = child
            walked.append(part)
    return tuple(walked), node, place


def place_of(root: Node, *path: str | int) -> Place:
    """Where the value at a path stands, or the deepest part of the path that exists."""
    return trace(root, path)[1].place


def key_of(root: Node, *path: str | int) -> Place:
    """Where the key at a path stands, or the deepest key of the path that exists."""
    return trace(root, path)[2]


def fields_of(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping; none of anything else."""
    return node.entries if isinstance(node, Fields) else {}


def items_of(node: Node | None) -> list[Node]:
    """The items of a list; none of anything else."""
    return node.items if isinstance(node, Items) else []
