"""Asking a dataset where it is, when the test knows whether it is there."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Absent, Located

Locate = Callable[..., Located | Absent]


def outcomes_of(locate: Locate) -> tuple[Callable[..., Located], Callable[..., Absent]]:
    """`located(**settings)` and `absent(**settings)`: what `locate` answers, which must be of this kind."""

    def located(**settings: object) -> Located:
        found = locate(**settings)
        assert isinstance(found, Located), found
        return found

    def absent(**settings: object) -> Absent:
        found = locate(**settings)
        assert isinstance(found, Absent), found
        return found

    return located, absent
