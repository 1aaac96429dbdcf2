"""`glyphs`: generated pictures of twenty letters, a pure function of a seed. Nothing is written to disk."""

from __future__ import annotations

import hashlib

import numpy as np

from benchbench.catalog.contracts import Dataset, Located, Sample
from benchbench.catalog.formulas import glyphs_drawing
from benchbench.errors import BadData

KEPT = 40_000
"""Pictures that are kept once drawn: 0.5 GB."""


class Glyphs:
    """The first `count` pictures of a seed, drawn when asked for; ids from 1, target: label () and classes ()."""

    classes = glyphs_drawing.CLASSES

    def __init__(self, seed: int, count: int, fingerprint: str):
        self.fingerprint = fingerprint
        self._seed = seed
        self._count = count
        self._drawn: dict[int, glyphs_drawing.Glyph] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        number = range(self._count)[index]
        glyph = self._drawn.get(number) or glyphs_drawing.draw(self._seed, number)
        if len(self._drawn) < KEPT:
            self._drawn[number] = glyph
        target = {"label": np.asarray(glyph.label, np.int64), "classes": np.asarray(len(self.classes), np.int64)}
        return Sample(number + 1, glyph.image.copy(), target)


def locate(*, seed: int, count: int) -> Located:
    """Pictures of a seed. Raises BadData for a seed below 0 or a count below 1."""
    if seed < 0 or count < 1:
        raise BadData(f"glyphs cannot be drawn with seed {seed} and count {count}", "seed from 0, count from 1")
    mark = hashlib.sha256(f"glyphs {seed}-{count}-v{glyphs_drawing.VERSION}".encode()).hexdigest()
    return Located(lambda: Glyphs(seed, count, mark), mark)


def classes(**_: object) -> dict[int, str]:
    """The letters by label."""
    return dict(enumerate(glyphs_drawing.CLASSES))


DATASET = Dataset("glyphs", glyphs_drawing.VERSION, locate, classes)
