"""`--set a.b=c`: a change of the suite as if it had been written in the file, complained of by its own words."""

from __future__ import annotations

from collections.abc import Sequence

from benchbench.declare.reading import read
from benchbench.declare.tree import Fields, Items, Node, Scalar
from benchbench.errors import InvalidSuite, nearest
from benchbench.types import Complaint, Place

_NAMED = ("scales", "variants", "attempts", "claims")
"""Sections whose keys are names: an override may change what is there, and a new name is a slip."""


class _Unusable(Exception):
    """Carries the complaint."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def override(root: Fields, overrides: Sequence[str]) -> list[Complaint]:
    """Apply each in turn, in place; those that lead nowhere or cannot be read come back as complaints."""
    complaints: list[Complaint] = []
    for text in overrides:
        place = Place(f"--set {text}", 0, 0)
        try:
            _apply(root, text, place)
        except _Unusable as error:
            complaints.append(Complaint(place, str(error), error.hint))
    return complaints


def _apply(root: Fields, text: str, place: Place) -> None:
    path, equals, value = text.partition("=")
    parts = path.strip().split(".")
    if not equals or not all(parts):
        raise _Unusable("not of the form a.b=value", "such as --set budget.seconds=60")
    _put(root, parts, _value(value, place), place, ())


def _value(text: str, place: Place) -> Node:
    try:
        node, complaints = read(text, "value")
    except InvalidSuite as error:
        complaints = list(error.complaints)
    if complaints:
        raise _Unusable(f"the value is not readable: {complaints[0].what}", complaints[0].hint)
    return _placed(node, place)


def _placed(node: Node, place: Place) -> Node:
    if isinstance(node, Scalar):
        return Scalar(node.value, node.text, place)
    if isinstance(node, Items):
        return Items([_placed(child, place) for child in node.items], place)
    entries = {key: _placed(child, place) for key, child in node.entries.items()}
    return Fields(place, entries, dict.fromkeys(entries, place))


def _put(node: Node, parts: list[str], value: Node, place: Place, above: tuple[str, ...]) -> None:
    if isinstance(node, Items):
        _put_item(node, parts, value, place, above)
    elif isinstance(node, Fields):
        _put_entry(node, parts, value, place, above)
    else:
        raise _Unusable(f"'{'.'.join(above)}' is a plain value and holds no '{parts[0]}'")


def _put_item(node: Items, parts: list[str], value: Node, place: Place, above: tuple[str, ...]) -> None:
    index, rest = parts[0], parts[1:]
    if not (index.isascii() and index.isdigit() and len(index) < 6 and int(index) < len(node.items)):
        raise _Unusable(f"no item '{index}' in '{'.'.join(above)}'", f"items are numbered 0 to {len(node.items) - 1}")
    if rest:
        _put(node.items[int(index)], rest, value, place, (*above, index))
    else:
        node.items[int(index)] = value


def _put_entry(node: Fields, parts: list[str], value: Node, place: Place, above: tuple[str, ...]) -> None:
    # Names may hold dots themselves (claims do), so the longest key that exists is the one meant.
    for count in range(len(parts), 0, -1):
        key = ".".join(parts[:count])
        if key in node.entries:
            break
    else:
        key, count = _new_key(node, parts, above), 1
        if len(parts) > 1:
            node.put(key, Fields(place), place)
    if count == len(parts):
        node.put(key, value, place)
    else:
        _put(node.entries[key], parts[count:], value, place, (*above, key))


def _new_key(node: Fields, parts: list[str], above: tuple[str, ...]) -> str:
    """A key the file leaves out: whether the format knows it is checked with all the others."""
    if above[:1] and above[0] in _NAMED and (len(above) == 1 or above[2:] in (("readings",), ("matrix",))):
        raise _Unusable(f"'{'.'.join(above)}' has no '{'.'.join(parts)}'", _near(parts, node))
    return parts[0]


def _near(parts: list[str], node: Fields) -> str:
    guesses = [nearest(".".join(parts[:count]), node.entries) for count in range(len(parts), 0, -1)]
    return next((guess for guess in guesses if guess.startswith("did you mean")), guesses[-1])
