"""Pictures as data that a page carries inside: maps in colours, images, boxes drawn over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.report.colouring import coloured, gradient, photo
from benchbench.report.numbers import SPACE
from benchbench.report.pictures import CONFIDENT, Wall
from benchbench.types import Boxes, DepthMap, Guess, Scene

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDES = (240, 180, 132, 96, 64)
"""Pixels of the longer side; the first at which all pictures of a page stay within MOST_CHARACTERS."""
MOST_CHARACTERS = 3_000_000
DEPTH, ERROR = "viridis_r", "inferno"
MOST_BOXES = 60
WORST = 1.0
"""A relative error at which its colours end at the latest."""


@dataclass(frozen=True)
class Box:
    """A rectangle in the units of its picture, and what is said of it."""

    x: float
    y: float
    width: float
    height: float
    category: int
    words: str


@dataclass(frozen=True)
class Painted:
    """A picture: `source` is a data address; where `boxes` is no None they are drawn over the row's own image."""

    alt: str
    caption: str = ""
    source: str = ""
    boxes: tuple[Box, ...] | None = None


@dataclass(frozen=True)
class Bar:
    """A colour bar with the values at its ends."""

    title: str
    source: str
    low: str
    high: str


@dataclass(frozen=True)
class Row:
    """A sample: its image and truth, what each column made of it (none: nothing kept), and the bars of its colours.

    `truth` are the boxes that are drawn dashed under a prediction's.
    """

    sample: int
    size: tuple[int, int]
    given: tuple[Painted, ...]
    columns: tuple[tuple[Painted, ...], ...]
    bars: tuple[Bar, ...] = ()
    truth: tuple[Box, ...] = ()


def paint(shown: Iterable[Wall]) -> dict[str, tuple[Row, ...]]:
    """The rows of every wall by its name, as large as the page's room allows."""
    walls = tuple(shown)
    for side in SIDES:
        rows = {wall.name: tuple(_row(wall, scene, side) for scene in wall.gallery.scenes) for wall in walls}
        if _characters(rows) <= MOST_CHARACTERS:
            break
    return rows


def _characters(rows: dict[str, tuple[Row, ...]]) -> int:
    painted = [each for found in rows.values() for row in found for each in (row.given, *row.columns)]
    return sum(len(picture.source) for pictures in painted for picture in pictures)


def _row(wall: Wall, scene: Scene, side: int) -> Row:
    match scene.truth:
        case Boxes():
            return _boxes(wall, scene, side)
        case DepthMap():
            return _depths(wall, scene, scene.truth, side)
        case Guess():
            return _guesses(wall, scene, scene.truth, side)


def _depths(wall: Wall, scene: Scene, truth: DepthMap, side: int) -> Row:
    """Depths share one range of colours in a row, that of the truth; errors share another."""
    import numpy as np

    named = f"sample {scene.sample}"
    low, high = (float(each) for each in np.nanpercentile(truth.depth, (1, 99))) if _any(truth.depth) else (0.0, 1.0)
    errors = {name: _error(scene, name, truth) for name in wall.variants}
    top = _top(error for error in errors.values() if error is not None)
    size = _size(scene.image.shape[:2], side)
    columns: list[tuple[Painted, ...]] = []
    for name in wall.variants:
        prediction, error = scene.predictions.get(name), errors[name]
        if not isinstance(prediction, DepthMap) or error is None:
            columns.append(())
            continue
        told = _told(error)
        columns.append(
            (
                Painted(f"{named}, {name}: predicted depth", "", coloured(prediction.depth, (low, high), DEPTH, size)),
                Painted(f"{named}, {name}: relative error, {told}", told, coloured(error, (0.0, top), ERROR, size)),
            )
        )
    given = (
        Painted(f"{named}: input", "input", photo(scene.image, size)),
        Painted(f"{named}: ground truth depth", "ground truth", coloured(truth.depth, (low, high), DEPTH, size)),
    )
    bars = (
        Bar("Depth", gradient(DEPTH), f"{low:.1f}{SPACE}m", f"{high:.1f}{SPACE}m"),
        Bar("Error |d − d*| / d*", gradient(ERROR), "0", f"≥{SPACE}{top:.2g}"),
    )
    return Row(scene.sample, (size[1], size[0]), given, tuple(columns), bars)


def _error(scene: Scene, name: str, truth: DepthMap) -> NDArray[np.float32] | None:
    import numpy as np

    prediction = scene.predictions.get(name)
    if not isinstance(prediction, DepthMap) or prediction.depth.shape != truth.depth.shape:
        return None
    found: NDArray[np.float32] = np.abs(prediction.depth - truth.depth) / truth.depth
    return found


def _told(error: NDArray[np.float32]) -> str:
    """The mean of a map's errors, as far as there is one."""
    import numpy as np

    known = error[~np.isnan(error)]
    if not known.size:
        return "no valid pixel"
    beyond = np.count_nonzero(np.isinf(known))
    return f"{beyond} of {known.size} pixels infinitely far" if beyond else f"AbsRel{SPACE}{known.mean():.3f}"


def _top(errors: Iterable[NDArray[np.float32]]) -> float:
    """Where the colours of errors end: the largest 95th percentile of a variant, within reason."""
    import numpy as np

    ends = [float(np.nanpercentile(error, 95)) for error in errors if _any(error)]
    return min(WORST, max(0.05, *ends)) if ends else WORST


def _any(values: NDArray[np.float32]) -> bool:
    import numpy as np

    return bool(np.isfinite(values).any())


def _boxes(wall: Wall, scene: Scene, side: int) -> Row:
    """The image once, boxes over it in every column."""
    size = _size(scene.image.shape[:2], side)
    named = f"sample {scene.sample}"
    columns: list[tuple[Painted, ...]] = []
    for name in wall.variants:
        found = scene.predictions.get(name)
        drawn = _drawn(found, size, CONFIDENT) if isinstance(found, Boxes) else None
        told = _counted(drawn or ())
        columns.append((Painted(f"{named}, {name}: {told}", told, boxes=drawn),) if drawn is not None else ())
    assert isinstance(scene.truth, Boxes)
    truth = _drawn(scene.truth, size, 0.0)
    told = f"ground truth, {_counted(truth)}"
    given = (Painted(f"{named}: input with {told}", told, photo(scene.image, size), truth),)
    return Row(scene.sample, (size[1], size[0]), given, tuple(columns), truth=truth)


def _guesses(wall: Wall, scene: Scene, truth: Guess, side: int) -> Row:
    """The image once and again in every column, with the class that was seen in it."""
    size = _size(scene.image.shape[:2], side)
    named = f"sample {scene.sample}"
    columns: list[tuple[Painted, ...]] = []
    for name in wall.variants:
        found = scene.predictions.get(name)
        told = _guessed(found, truth) if isinstance(found, Guess) else ""
        columns.append((Painted(f"{named}, {name}: {told}", told, boxes=()),) if told else ())
    given = (Painted(f"{named}: class {truth.label}", f"class {truth.label}", photo(scene.image, size), ()),)
    return Row(scene.sample, (size[1], size[0]), given, tuple(columns))


def _guessed(found: Guess, truth: Guess) -> str:
    mark = "✓" if found.label == truth.label else "✗"
    return f"{mark} class {found.label}, {100 * found.probability:.0f}{SPACE}%"


def _counted(boxes: tuple[Box, ...]) -> str:
    return f"{len(boxes)} box" + ("" if len(boxes) == 1 else "es")


def _drawn(boxes: Boxes, size: tuple[int, int], least: float) -> tuple[Box, ...]:
    order = sorted(range(len(boxes.scores)), key=lambda index: -boxes.scores[index])
    kept = [index for index in order if boxes.scores[index] >= least][:MOST_BOXES]
    return tuple(_box(boxes, index, size, bool(least)) for index in kept)


def _box(boxes: Boxes, index: int, size: tuple[int, int], is_scored: bool) -> Box:
    x, y, width, height = (float(part) for part in boxes.places[index])
    category, score = int(boxes.categories[index]), float(boxes.scores[index])
    words = f"category {category}" + (f", {score:.2f}" if is_scored else "")
    down, across = size
    return Box(
        round(x * across, 1), round(y * down, 1), round(width * across, 1), round(height * down, 1), category, words
    )


def _size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(shape))
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))
