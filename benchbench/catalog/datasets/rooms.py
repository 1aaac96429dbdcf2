"""`rooms`: generated views into rooms with exact depth, a pure function of a seed. Nothing is written to disk."""

from __future__ import annotations

import hashlib

from benchbench.catalog.contracts import Dataset, Located, Sample
from benchbench.catalog.formulas import rooms_drawing
from benchbench.catalog.formulas.depth_files import target
from benchbench.errors import BadData

KEPT = 512
"""Rooms that are kept once drawn: 35 MB."""


class Rooms:
    """The first `count` pictures of a seed, drawn when asked for; ids from 1."""

    def __init__(self, seed: int, count: int, fingerprint: str):
        self.fingerprint = fingerprint
        self._seed = seed
        self._count = count
        self._drawn: dict[int, rooms_drawing.Room] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        number = range(self._count)[index]
        room = self._drawn.get(number) or rooms_drawing.draw(self._seed, number)
        if len(self._drawn) < KEPT:
            self._drawn[number] = room
        return Sample(number + 1, room.image.copy(), target(room.depth))


def locate(*, seed: int, count: int) -> Located:
    """Pictures of a seed. Raises BadData for a seed below 0 or a count below 1."""
    if seed < 0 or count < 1:
        raise BadData(f"rooms cannot be drawn with seed {seed} and count {count}", "seed from 0, count from 1")
    mark = hashlib.sha256(f"rooms {seed}-{count}-v{rooms_drawing.VERSION}".encode()).hexdigest()
    return Located(lambda: Rooms(seed, count, mark), mark)


DATASET = Dataset("rooms", rooms_drawing.VERSION, locate)
