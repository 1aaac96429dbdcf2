"""Sizes of which a model can be built: doubts that families share, with the arithmetic said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def check_counts(found: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises ValueError naming those of these sizes that are below 1."""
    small = [name for name in names if found[name] < 1]
    if small:
        raise ValueError(f"{', '.join(small)} must be at least 1")


def check_multiples(found: Mapping[str, Any], rules: Iterable[tuple[str, str, str]]) -> None:
    """Each rule is a size, the size that must divide it, and what is said of one that does not, `{}` for it.

    Raises ValueError for the first that does not.
    """
    for whole, part, why in rules:
        rest = found[whole] % found[part]
        if rest:
            arithmetic = f"({found[whole]} mod {found[part]} = {rest})"
            raise ValueError(f"{whole} {found[whole]} {why.format(found[part])} {arithmetic}")
