"""Data: samples, and where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benchbench.catalog.formulas.rows import Arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Absent:
    """Not on this machine: what, and the command or deed that would bring it."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class Located:
    """A dataset that is on this machine. `open` may take time (generated data are drawn then)."""

    open: Callable[[], Samples]
    fingerprint: str


@dataclass(frozen=True)
class Sample:
    """One image with its target: an (H, W, 3) uint8 RGB array and the arrays a probe scores against."""

    id: int
    image: NDArray[np.uint8]
    target: Arrays


class Samples(Protocol):
    """An opened dataset. `fingerprint` changes with any file's content that a number depends on."""

    fingerprint: str

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample:
        """Decode one sample. Raises BadData naming the file."""


@dataclass(frozen=True)
class Dataset:
    """`locate(*, ...)` checks what is on disk (count, ids, missing files). No torch, no network.

    `classes(**settings)` names what its targets tell apart, by id, as far as that is known without reading a file.
    """

    name: str
    version: int
    locate: Callable[..., Located | Absent]
    classes: Callable[..., Mapping[int, str]] = lambda **_: {}
