"""Loops compiled to machine code at their first call, and kept on disk for every later process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., Any])
REORDERED = frozenset({"reassoc", "contract", "nsz"})
"""What vector units need of sums: another order, fused multiply-adds. NaN and infinity stay what they are."""


def compiled(function: Loop) -> Loop:
    """The function compiled by numba, its sums in any order; called with arrays and numbers alone.

    The machine code lies beside the source or, where that folder cannot be written, in the user's cache; where neither
    can be, it is compiled anew in each process.
    """
    from numba import njit

    options = {"fastmath": set(REORDERED), "error_model": "numpy", "nogil": True}
    try:
        return cast(Loop, njit(cache=True, **options)(function))
    except RuntimeError:  # numba knows no folder that it may write to
        return cast(Loop, njit(**options)(function))
