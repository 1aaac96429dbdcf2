"""Pydantic's errors as complaints: each at its line and column, with the nearest known name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from benchbench.declare.scalars import resolve
from benchbench.declare.strict import NAME
from benchbench.declare.tree import Node, Path, Scalar, place_of, trace
from benchbench.errors import nearest
from benchbench.types import Complaint

_NAME_HINT = "a name is letters, digits and . _ + - only, and begins with a letter or digit"

_WORDS = {
    "a valid array": "a list",
    "an object": "a mapping",
    "a valid dictionary": "a mapping",
    "a valid string": "text",
    "a valid integer": "an integer",
    "a valid number": "a number",
    "a valid boolean": "true or false",
}


def complaints_of(error: ValidationError, model: type[BaseModel], root: Node) -> Iterator[Complaint]:
    """One complaint for each thing that is wrong: what the branches of a union say of one value is joined."""
    found: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_subject(detail, root), []).append(detail)
    for path, details in found.items():
        if not _explained_below(path, details, found):
            yield _complaint(path, details, model, root)


def _subject(detail: ErrorDetails, root: Node) -> Path:
    """The path complained of: a missing key is complained of by name."""
    walked = trace(root, detail["loc"])[0]
    return (*walked, detail["loc"][-1]) if detail["type"] == "missing" else walked


def _explained_below(path: Path, details: Iterable[ErrorDetails], others: Iterable[Path]) -> bool:
    """Whether this is only the echo of something wrong inside.

    A union refuses a list as no text while another branch says which item is wrong; a list whose items are wrong
    counts as empty.
    """
    general = all(detail["type"].endswith(("_type", "literal_error", "too_short")) for detail in details)
    return general and any(len(other) > len(path) and other[: len(path)] == path for other in others)


def _complaint(path: Path, details: list[ErrorDetails], model: type[BaseModel], root: Node) -> Complaint:
    first = details[0]
    kind = first["type"]
    key = _key(path)
    _, node, at_key = trace(root, path)
    if kind == "missing":
        return Complaint(at_key, f"missing '{key}'")
    if kind == "extra_forbidden":
        owner, known = _model_at(model, first["loc"][:-1])
        return Complaint(at_key, f"unknown {owner} '{key}'", nearest(key, known))
    if kind == "string_pattern_mismatch" and first["ctx"]["pattern"] == NAME:
        return Complaint(
            at_key if first["loc"][-1] == "[key]" else node.place, f"'{first['input']}' is no name", _NAME_HINT
        )
    if kind == "refused":
        context = first["ctx"]
        return Complaint(place_of(root, *path), context["what"], context["hint"])
    if kind == "too_short":
        return Complaint(node.place, f"'{key}' is empty")
    what = " or ".join(dict.fromkeys(_should(detail) for detail in details))
    return Complaint(node.place, f"'{key}' should be {what}, not {_shown(first['input'])}", _hint(details, node))


def _key(path: Path) -> str:
    """The last key of a path, with the item's number if it leads into a list: `timing[1]`."""
    name = ""
    for part in path:
        name = f"{name}[{part}]" if isinstance(part, int) else part
    return name


def _should(detail: ErrorDetails) -> str:
    words = re.sub(r"^.*? should (be )?", "", detail["msg"])
    for theirs, ours in _WORDS.items():
        words = words.replace(theirs, ours)
    return words


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _hint(details: Iterable[ErrorDetails], node: Node) -> str:
    for detail in details:
        given = detail["input"]
        if detail["type"] == "literal_error" and isinstance(given, str):
            hint = nearest(given, re.findall(r"'([^']*)'", detail["ctx"]["expected"]))
            return "" if hint.startswith("known") else hint
        if detail["type"] == "string_type" and isinstance(node, Scalar) and node.value is not None:
            return f'write it in quotes: "{node.text}"'
        if detail["type"] in ("int_type", "float_type") and isinstance(given, str) and type(resolve(given)) is not str:
            return "write it without quotes"
    return ""


def _model_at(model: type[BaseModel], path: Path) -> tuple[str, list[str]]:
    """What the keys at this path are called, and which there are."""
    annotations: list[Any] = [model]
    for part in path:
        # The name of a union's branch leads nowhere and is passed over.
        annotations = [below for annotation in annotations for below in _below(annotation, part)] or annotations
    for annotation in annotations:
        for found in _models(annotation):
            names = [field.alias or name for name, field in found.model_fields.items()]
            return str(getattr(found, "owner", "key")), names
    return "key", []


def _below(annotation: Any, part: str | int) -> Iterator[Any]:
    branch = _branches(annotation).get(part)
    if branch is not None:
        yield branch
        return
    for found in _models(annotation):
        for name, field in found.model_fields.items():
            if part == (field.alias or name):
                yield field.annotation
    yield from _members(annotation)


def _branches(annotation: Any) -> dict[object, Any]:
    """The branches of a union by their tags, where they have any."""
    if get_origin(annotation) is not Annotated:
        return {}
    inside, *metadata = get_args(annotation)
    tags = [item.tag for item in metadata if isinstance(item, Tag)]
    if tags:
        return {tags[0]: inside}
    return {tag: found for each in get_args(inside) for tag, found in _branches(each).items()}


def _members(annotation: Any) -> Iterator[Any]:
    """The values' annotations of a list, a mapping or a tuple, through unions."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (list, tuple):
        yield arguments[0]
    elif origin is dict:
        yield arguments[1]
    elif origin is Annotated:
        yield from _members(arguments[0])
    else:
        for argument in arguments:
            yield from _members(argument)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) not in (list, dict, tuple):
        for argument in get_args(annotation):
            yield from _models(argument)
