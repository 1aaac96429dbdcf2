"""Drawing of the generated classification data `glyphs`: a pure function of (seed, index), NumPy only.

A picture shows one letter, turned, sheared, bent, stretched and shifted, in a colour that stands out from a shaded
ground more or less, among stray strokes and under noise. Nothing but its form tells the letter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.glyph_strokes import LETTERS, SEGMENTS

SIZE = 64
"""Side of a picture in pixels."""
CLASSES: tuple[str, ...] = LETTERS
"""Names by index."""
VERSION = 1
"""Raised whenever the pictures of a seed change."""

_MOST_TURN = 0.3
_MOST_SHEAR = 0.2
_SIDES = (32.0, 52.0)
_WIDTHS = (2.5, 5.5)
_CONTRASTS = (45.0, 120.0)
_NOISES = (3.0, 16.0)
_MOST_STRAYS = 3
_BEND = 0.05


@dataclass(frozen=True)
class Glyph:
    """One picture with the truth about it: image (64, 64, 3) uint8 RGB, label an index into CLASSES."""

    image: NDArray[np.uint8]
    label: int


def draw(seed: int, index: int) -> Glyph:
    """Picture number `index` of the endless series that `seed` names."""
    rng = np.random.default_rng([seed, index, VERSION])
    label = int(rng.integers(len(CLASSES)))
    ground, ink = _colours(rng)
    shade = _ground(rng)[..., None]
    covered = _strays(rng)[..., None]
    canvas = ground + shade + covered * (ink - ground) * rng.uniform(0.5, 1.0)
    letter = _inked(_placed(SEGMENTS[label], rng), rng.uniform(*_WIDTHS))[..., None]
    canvas = canvas * (1 - letter) + (ink + shade) * letter
    canvas = canvas + rng.normal(0, rng.uniform(*_NOISES), (SIZE, SIZE, 1)) + rng.normal(0, 4, (SIZE, SIZE, 3))
    return Glyph(np.clip(canvas, 0, 255).astype(np.uint8), label)


def _colours(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two colours (3,), as far apart in brightness as the contrast of this picture says."""
    ground = rng.uniform(70, 185, 3)
    contrast = rng.uniform(*_CONTRASTS) * rng.choice([-1.0, 1.0])
    return ground, ground + contrast + rng.uniform(-18, 18, 3)


def _ground(rng: np.random.Generator) -> NDArray[np.float64]:
    """A slope and waves of brightness, (64, 64)."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    across, down = rng.uniform(-35, 35, 2)
    frequency, turn, phase = rng.uniform(2, 9), rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
    waves = np.sin(2 * np.pi * frequency * (x * np.cos(turn) + y * np.sin(turn)) + phase)
    grey: NDArray[np.float64] = across * x + down * y + rng.uniform(0, 14) * waves
    return grey


def _placed(segments: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A letter's segments (n, 2, 2) in pixels of this picture."""
    bent = segments - 0.5 + rng.normal(0, _BEND / 2, (1, 1, 2))
    bent = bent + _BEND * np.sin(2 * np.pi * (segments[..., ::-1] + rng.uniform(0, 1, 2)))
    turn, shear = rng.uniform(-_MOST_TURN, _MOST_TURN), rng.uniform(-_MOST_SHEAR, _MOST_SHEAR)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    side = rng.uniform(*_SIDES)
    stretch = np.array([[rng.uniform(0.65, 1.0), 0.0], [shear, 1.0]]) * side
    reach = (SIZE - 0.8 * side) / 2
    centre = SIZE / 2 + rng.uniform(-reach, reach, 2) * 0.7
    placed: NDArray[np.float64] = bent @ stretch @ rotation + centre
    return placed


def _strays(rng: np.random.Generator) -> NDArray[np.float64]:
    """Short strokes that belong to no letter, (64, 64) from 0 to 1."""
    count = int(rng.integers(_MOST_STRAYS + 1))
    if not count:
        return np.zeros((SIZE, SIZE))
    start = rng.uniform(0, SIZE, (count, 1, 2))
    segments = np.concatenate([start, start + rng.normal(0, 9, (count, 1, 2))], axis=1)
    return _inked(segments, rng.uniform(*_WIDTHS))


def _inked(segments: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """How far each pixel (64, 64) is covered by strokes of this width in pixels, from 0 to 1."""
    across = np.arange(SIZE) + 0.5 - segments[:, 0, 0, None, None]
    down = (np.arange(SIZE) + 0.5)[:, None] - segments[:, 0, 1, None, None]
    along_x, along_y = (segments[:, 1] - segments[:, 0]).T[..., None, None]
    length = np.maximum(along_x**2 + along_y**2, 1e-9)
    share = np.clip((across * along_x + down * along_y) / length, 0, 1)
    nearest = np.sqrt(((across - share * along_x) ** 2 + (down - share * along_y) ** 2).min(axis=0))
    inked: NDArray[np.float64] = np.clip(width / 2 + 0.5 - nearest, 0, 1)
    return inked
