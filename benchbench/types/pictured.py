"""What models saw in a few samples, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Boxes:
    """n boxes: `places` (n, 4) x, y, width, height as fractions of the image, `categories` (n,), `scores` (n,)."""

    places: NDArray[np.float64]
    categories: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DepthMap:
    """`depth` (h, w) in metres; NaN where there is none, infinite where a prediction lies beyond any distance."""

    depth: NDArray[np.float32]


@dataclass(frozen=True)
class Guess:
    """A class by its index, and how probable a prediction holds it; 1 of the truth."""

    label: int
    probability: float = 1.0


Seen = Boxes | DepthMap | Guess
"""What there is to see in a sample, or what a variant made of it."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One sample: `image` (h, w, 3) uint8 RGB, the truth, and what each variant (by name) made of it."""

    sample: int
    image: NDArray[np.uint8]
    truth: Seen
    predictions: dict[str, Seen]


@dataclass(frozen=True)
class Gallery:
    """The kept samples of one scored probe at one scale.

    `protocol` says in words how predictions were brought onto the truth; `missing` why a variant has no pictures.
    """

    scale: str
    probe: str
    protocol: str = ""
    scenes: tuple[Scene, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
