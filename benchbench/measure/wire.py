"""Nouns to JSON and back, for the pipe and the files between conductor and worker."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Thing = TypeVar("Thing")


def plain(value: object) -> Any:
    """A noun as JSON values: dataclasses become objects, tuples lists, paths strings."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def revive(kind: type[Thing], data: Any) -> Thing:
    """The noun that `plain` wrote down. Raises TypeError or KeyError for data that are not of this kind."""
    return cast(Thing, _revive(kind, data))


def _revive(kind: Any, data: Any) -> Any:
    if is_dataclass(kind):
        return _noun(cast(type, kind), data)
    if kind is Path:
        return Path(data)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), data)
    if get_origin(kind) is Mapping:
        return {key: _revive(get_args(kind)[1], each) for key, each in data.items()}
    if get_origin(kind) in (Union, types.UnionType):
        return _either(get_args(kind), data)
    return data


def _noun(kind: type, data: Any) -> Any:
    # Settings hold plain JSON, whose recursive alias is resolvable only in the module that defines it.
    hints = get_type_hints(kind, localns={"Json": object})
    return kind(**{name: _revive(hints[name], value) for name, value in data.items()})


def _tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_revive(kinds[0], each) for each in data)
    return tuple(_revive(kind, each) for kind, each in zip(kinds, data, strict=True))


def _either(kinds: tuple[Any, ...], data: Any) -> Any:
    """Optional nouns and paths; unions of plain values pass as they are."""
    nouns = [kind for kind in kinds if is_dataclass(kind) or get_origin(kind) is tuple or kind is Path]
    return _revive(nouns[0], data) if data is not None and len(nouns) == 1 else data
