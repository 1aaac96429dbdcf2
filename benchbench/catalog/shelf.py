"""The only registry: a folder is a shelf, a file in it is an entry, found by its name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from benchbench.errors import UnknownName, nearest

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """The entries of one folder. `drop_layers.py` holds the entry `drop-layers` under the name `attribute`.

    Nothing is imported before an entry is asked for; an entry that fails to import fails alone, each time it is
    asked for, and leaves the rest of the shelf as it is.
    """

    def __init__(self, package: str, attribute: str, kind: str) -> None:
        self._package = package
        self._attribute = attribute
        self._kind = kind
        self._found: dict[str, Thing] = {}

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The names on this shelf, sorted, as its folder lists them when first asked; imports no entry."""
        path = importlib.import_module(self._package).__path__
        return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(path)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Thing:
        """The entry of this name. Raises UnknownName with the nearest known one."""
        if name not in self._found:
            if name not in self._names:
                raise UnknownName(f"unknown {self._kind} '{name}'", nearest(name, self._names))
            module = importlib.import_module(f"{self._package}.{name.replace('-', '_')}")
            self._found[name] = cast(Thing, getattr(module, self._attribute))
        return self._found[name]


@cache
def settings_of(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """The keyword-only parameters of an entry's function, annotations evaluated: its settings, typed and with defaults.

    Only these are evaluated, so that positional parameters may name types which are imported for checking alone.
    """
    scope: dict[str, Any] = getattr(function, "__globals__", {})
    found: dict[str, inspect.Parameter] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            note = parameter.annotation
            value = eval(note, scope) if isinstance(note, str) else note
            found[name] = parameter.replace(annotation=value)
    return MappingProxyType(found)
