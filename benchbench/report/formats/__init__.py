"""The shelf of formats: a file in this folder is a format, and its `write` takes a page to text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import cast

from benchbench.errors import UnknownName, nearest
from benchbench.report.page import Page

Write = Callable[[Page], str]


def names() -> tuple[str, ...]:
    """The formats, sorted; imports none."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> Write:
    """A format's `write`. Raises UnknownName with the nearest known one."""
    if name not in names():
        raise UnknownName(f"unknown format '{name}'", nearest(name, names()))
    return cast(Write, importlib.import_module(f"{__name__}.{name}").write)
