"""Text to tree: YAML 1.2 without tags, merge keys or second documents, bounded in size, depth and alias expansion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from benchbench.declare.scalars import resolve
from benchbench.declare.tree import Fields, Items, Node, Scalar
from benchbench.errors import BenchbenchError, InvalidSuite
from benchbench.types import Complaint, Place

LARGEST_FILE = 1_000_000
MOST_NODES = 100_000
DEEPEST = 40
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def read_file(path: Path) -> str:
    """The text of a UTF-8 file of at most a megabyte. Raises BenchbenchError, InvalidSuite."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BenchbenchError(f"cannot read {path}: {error.strerror or error}", "check the path") from error
    if len(data) > LARGEST_FILE:
        raise BenchbenchError(f"{path} is larger than {LARGEST_FILE:,} bytes", "a suite is a small text file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        broken = Complaint(Place(str(path), line, column), "not UTF-8", "save the file as UTF-8")
        raise InvalidSuite([broken]) from error


def read(text: str, file: str) -> tuple[Node, list[Complaint]]:
    """Parse one document: its tree, and a complaint for everything in it that is forbidden but can be passed over.

    Raises InvalidSuite where nothing after a point can be read, with what was found until then.
    """
    composer = _Composer(text, file)
    try:
        return composer.document(), composer.complaints
    except _Fatal:
        raise InvalidSuite(composer.complaints) from None


class _Fatal(Exception):
    """Reading cannot go on; the last complaint says why."""


class _Composer:
    """Events to nodes; aliases become copies, so that a change of one use leaves the others alone."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._here = Place(file, 1, 1)
        self._events = self._listen(text)
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self.complaints: list[Complaint] = []

    def document(self) -> Node:
        found: Node = Scalar(None, "", Place(self._file, 1, 1))
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._give_up("a second document", "a suite is one YAML document")
            elif isinstance(event, AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent):
                found = self._node(event, 0)
        return found

    def _listen(self, text: str) -> Iterator[Any]:
        try:
            for event in YAML(typ="safe", pure=True).parse(text):
                mark = event.start_mark
                self._here = Place(self._file, mark.line + 1, mark.column + 1)
                yield event
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if mark is not None:
                self._here = Place(self._file, mark.line + 1, mark.column + 1)
            said = [part for part in (error.context, error.problem) if part]
            self._give_up("not YAML: " + ", ".join(said), "look at the indentation, quotes and brackets before this")
        except YAMLError as error:
            self._give_up("not YAML: " + str(error).splitlines()[0])
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # The parser trips over a few malformed escapes and directives instead of reporting them.
            self._give_up(f"not YAML: {error}")

    def _node(self, event: Any, depth: int) -> Node:
        place = self._here
        self._count(depth)
        if isinstance(event, AliasEvent):
            return self._alias(str(event.anchor), depth)
        if event.tag is not None:
            self._complain(f"the tag '{event.tag}' is not allowed", "write the value without a tag")
        node: Node
        if isinstance(event, ScalarEvent):
            node = self._scalar(event, place)
        elif isinstance(event, SequenceStartEvent):
            node = Items(list(self._items(depth)), place)
        else:
            node = self._fields(Fields(place), depth)
        if event.anchor:
            self._anchors[str(event.anchor)] = node
        return node

    def _scalar(self, event: Any, place: Place) -> Scalar:
        text = str(event.value)
        if _UNFIT.search(text):
            self._complain("a control character in the text", "remove it")
        return Scalar(resolve(text) if event.implicit[0] else text, text, place)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth + 1)

    def _fields(self, fields: Fields, depth: int) -> Fields:
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            place = self._here
            key = self._key(event)
            node = self._node(next(self._events), depth + 1)
            if key in fields.entries:
                self._complain(f"the key '{key}' is given twice", f"first on line {fields.keys[key].line}", place)
            else:
                fields.put(key, node, place)
        return fields

    def _key(self, event: Any) -> str:
        if not isinstance(event, ScalarEvent):
            self._give_up("a key must be plain text", "quote a value that begins with [, {, * or &")
        if event.tag is not None:
            self._complain(f"the tag '{event.tag}' is not allowed", "write the key without a tag")
        key = self._scalar(event, self._here).text
        if key == "<<":
            self._complain("merge keys are not part of YAML 1.2", "a variant inherits by `from:`")
        return key

    def _alias(self, anchor: str, depth: int) -> Node:
        if anchor not in self._anchors:
            self._give_up(f"the alias '*{anchor}' names nothing complete", "an anchor may not contain itself")
        return self._copy(self._anchors[anchor], depth)

    def _copy(self, node: Node, depth: int) -> Node:
        self._count(depth)
        if isinstance(node, Items):
            return Items([self._copy(child, depth + 1) for child in node.items], node.place)
        if isinstance(node, Fields):
            entries = {key: self._copy(child, depth + 1) for key, child in node.entries.items()}
            return Fields(node.place, entries, dict(node.keys))
        return Scalar(node.value, node.text, node.place)

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if depth > DEEPEST:
            self._give_up(f"nested deeper than {DEEPEST} levels")
        if self._nodes > MOST_NODES:
            self._give_up(f"more than {MOST_NODES:,} values once aliases are expanded")

    def _complain(self, what: str, hint: str = "", place: Place | None = None) -> None:
        self.complaints.append(Complaint(place or self._here, what, hint))

    def _give_up(self, what: str, hint: str = "") -> NoReturn:
        self._complain(what, hint)
        raise _Fatal
