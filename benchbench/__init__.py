"""benchbench: reported numbers of compressed vision transformers beside measured ones, and a verdict on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from benchbench.loaded import Loaded

__version__ = "0.1.0"


def load(what: str | Path, records: str | Path = "records") -> Loaded:
    """A folder of records, or a suite with what `records` hold of it: `load("records").frame()` for a notebook.

    Raises InvalidSuite for a suite file that is none, UnknownName for a name that is neither.
    """
    from benchbench.loaded import load as loaded

    return loaded(what, records)
