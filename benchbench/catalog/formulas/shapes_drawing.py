"""Drawing of the generated detection data `shapes`: a pure function of (seed, index), NumPy and Pillow only.

A picture shows zero to four coloured shapes over a greyish textured ground with grey clutter; later shapes cover
earlier ones. A category has an outline and a band of hue, so that a small network can learn it. A few pictures hold
a crowd: many tiny shapes of one category under a single annotation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchbench.catalog.formulas.silhouettes import SILHOUETTES, Grid, Mask

SIZE = 320
"""Side of a picture in pixels."""
CATEGORIES: tuple[str, ...] = tuple(SILHOUETTES)
"""Names by index; the COCO category id is the index plus one."""
VERSION = 1
"""Raised whenever the pictures of a seed change."""

_COUNTS = (0.04, 0.28, 0.30, 0.23, 0.15)
_CROWDED = 0.04
_HUE_SPREAD = 0.045
_SIDES = ((0.15, 22.0, 34.0), (0.45, 40.0, 96.0), (0.40, 112.0, 180.0))
_TRIES = 12
_MAY_HIDE = 0.35


@dataclass(frozen=True)
class Drawing:
    """One picture with the truth about it.

    image: (320, 320, 3) uint8 RGB. boxes: (n, 4) float64 x, y, width, height in pixels, tight around the visible
    pixels. categories: (n,) int64 indices into CATEGORIES. areas: (n,) float64 visible pixels. crowd: (n,) bool.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float64]
    categories: NDArray[np.int64]
    areas: NDArray[np.float64]
    crowd: NDArray[np.bool_]


@dataclass
class Scene:
    """A picture while it is painted: owner (320, 320) holds the index of the thing seen at a pixel, -1 for none."""

    rng: np.random.Generator
    canvas: NDArray[np.float32]
    owner: NDArray[np.int16] = field(default_factory=lambda: np.full((SIZE, SIZE), -1, np.int16))
    things: list[tuple[int, bool]] = field(default_factory=list)
    full: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Stamp:
    window: tuple[slice, slice]
    mask: Mask
    u: Grid
    v: Grid


def draw(seed: int, index: int) -> Drawing:
    """Picture number `index` of the endless series that `seed` names."""
    scene = compose(seed, index)
    visible = [scene.owner == k for k in range(len(scene.things))]
    return Drawing(
        image=np.clip(scene.canvas, 0, 255).astype(np.uint8),
        boxes=np.array([_tight(mask) for mask in visible], np.float64).reshape(-1, 4),
        categories=np.array([category for category, _ in scene.things], np.int64),
        areas=np.array([mask.sum() for mask in visible], np.float64),
        crowd=np.array([crowd for _, crowd in scene.things], np.bool_),
    )


def compose(seed: int, index: int) -> Scene:
    """The painted scene behind `draw`, with the owner of every pixel."""
    rng = np.random.default_rng([seed, index])
    scene = Scene(rng, _ground(rng))
    for _ in range(int(rng.integers(1, 5))):
        _clutter(scene)
    if rng.random() < _CROWDED:
        _add_crowd(scene)
    for _ in range(int(rng.choice(len(_COUNTS), p=_COUNTS))):
        _add_shape(scene)
    scene.canvas += 8 * rng.standard_normal((SIZE, SIZE, 1), dtype=np.float32)
    return scene


def instances(drawings: Sequence[Drawing]) -> dict[str, Any]:
    """The annotation file of COCO for these pictures: image ids, annotation ids and category ids count from 1."""
    annotations: list[dict[str, Any]] = []
    for image_id, drawing in enumerate(drawings, start=1):
        for k in range(len(drawing.boxes)):
            annotations.append(_annotation(drawing, k, image_id, len(annotations) + 1))
    images = [{"id": i, "file_name": file_name(i), "width": SIZE, "height": SIZE} for i in range(1, len(drawings) + 1)]
    categories = [{"id": k, "name": name, "supercategory": "shape"} for k, name in enumerate(CATEGORIES, start=1)]
    return {"info": {"version": VERSION}, "images": images, "annotations": annotations, "categories": categories}


def file_name(image_id: int) -> str:
    """COCO's way to name the file of an image."""
    return f"{image_id:012d}.png"


def _annotation(drawing: Drawing, k: int, image_id: int, annotation_id: int) -> dict[str, Any]:
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": int(drawing.categories[k]) + 1,
        "bbox": [float(x) for x in drawing.boxes[k]],
        "area": float(drawing.areas[k]),
        "iscrowd": int(drawing.crowd[k]),
        "segmentation": [],
    }


def _tight(mask: Mask) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]


def _ground(rng: np.random.Generator) -> NDArray[np.float32]:
    coarse, fine = int(rng.integers(2, 7)), int(rng.integers(16, 40))
    light = rng.uniform(60, 170, (coarse, coarse, 1)) + rng.uniform(-14, 14, (coarse, coarse, 3))
    return _enlarged(light) + _enlarged(128 + rng.uniform(-22, 22, (fine, fine, 1)).repeat(3, 2)) - 128


def _enlarged(cells: NDArray[np.float64]) -> NDArray[np.float32]:
    picture = Image.fromarray(cells.astype(np.uint8))
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BILINEAR), np.float32)


def _clutter(scene: Scene) -> None:
    """A grey shape or bar: an outline without the hue of any category."""
    rng = scene.rng
    category = int(rng.integers(len(CATEGORIES)))
    half, stretch = rng.uniform(6, 40), float(rng.choice((1.0, 3.0)))
    stamp = _stamp(scene, category, rng.uniform(0, SIZE, 2), half, stretch)
    grey = rng.uniform(30, 220) + rng.uniform(-10, 10, 3)
    scene.canvas[stamp.window][stamp.mask] = grey.astype(np.float32)


def _add_shape(scene: Scene) -> None:
    rng = scene.rng
    category = int(rng.integers(len(CATEGORIES)))
    _, low, high = _SIDES[int(rng.choice(len(_SIDES), p=[share for share, _, _ in _SIDES]))]
    half = float(np.exp(rng.uniform(np.log(low), np.log(high)))) / 2
    stretch = float(np.exp(rng.uniform(-0.2, 0.2)))
    for _ in range(_TRIES):
        centre = rng.uniform(0.6 * half, SIZE - 0.6 * half, 2)
        stamp = _stamp(scene, category, centre, half, stretch)
        if _leaves_enough(scene, stamp):
            _paint(scene, stamp, _colours(rng, category, stamp))
            _claim(scene, [stamp], category, crowd=False)
            return


def _add_crowd(scene: Scene) -> None:
    rng = scene.rng
    category = int(rng.integers(len(CATEGORIES)))
    spread = rng.uniform(30, 60)
    middle = rng.uniform(spread + 10, SIZE - spread - 10, 2)
    stamps = []
    for _ in range(int(rng.integers(12, 25))):
        centre = middle + rng.uniform(-spread, spread, 2)
        stamps.append(_stamp(scene, category, centre, rng.uniform(5, 9), 1.0))
        _paint(scene, stamps[-1], _colours(rng, category, stamps[-1]))
    _claim(scene, stamps, category, crowd=True)


def _stamp(scene: Scene, category: int, centre: NDArray[np.float64], half: float, stretch: float) -> _Stamp:
    """The outline of a category, turned and stretched, on the part of the canvas that it can touch."""
    turn = scene.rng.uniform(-0.5, 0.5)
    reach = half * max(stretch, 1 / stretch) * 1.5
    low = np.maximum(np.floor(centre - reach), 0).astype(int)
    high = np.minimum(np.ceil(centre + reach), SIZE).astype(int)
    x = (np.arange(low[0], high[0], dtype=np.float32) + 0.5 - centre[0])[None, :] / half
    y = (np.arange(low[1], high[1], dtype=np.float32) + 0.5 - centre[1])[:, None] / half
    u = ((x * np.cos(turn) + y * np.sin(turn)) / stretch).astype(np.float32)
    v = ((y * np.cos(turn) - x * np.sin(turn)) * stretch).astype(np.float32)
    mask = SILHOUETTES[CATEGORIES[category]](u, v)
    return _Stamp((slice(low[1], high[1]), slice(low[0], high[0])), mask, u, v)


def _leaves_enough(scene: Scene, stamp: _Stamp) -> bool:
    """True while no earlier thing would lose more than the share that may be hidden, and some of it stays."""
    hidden = scene.owner.copy()
    hidden[stamp.window][stamp.mask] = -1
    seen = np.bincount(hidden[hidden >= 0], minlength=len(scene.full))
    enough = all(now >= (1 - _MAY_HIDE) * full for now, full in zip(seen, scene.full, strict=True))
    return enough and int(stamp.mask.sum()) >= 100


def _colours(rng: np.random.Generator, category: int, stamp: _Stamp) -> NDArray[np.float32]:
    """Colours of the stamped pixels: the category's hue, plain, striped, checked or shaded in brightness alone."""
    hue = (category + rng.uniform(-1, 1) * _HUE_SPREAD * len(CATEGORIES)) / len(CATEGORIES)
    base = 255 * _rgb(hue % 1, rng.uniform(0.7, 1.0), rng.uniform(0.65, 1.0))
    u, v = stamp.u[stamp.mask], stamp.v[stamp.mask]
    waves = float(rng.uniform(4, 9))
    patterns = (np.zeros_like(u), np.sin(waves * u) > 0, np.sin(waves * u) * np.sin(waves * v) > 0, u / 2 + 0.5)
    pattern = np.asarray(patterns[int(rng.integers(4))], np.float32)
    dimmed = 1 - float(rng.uniform(0.2, 0.45)) * pattern
    return (base[None, :] * dimmed[:, None]).astype(np.float32)


def _rgb(hue: float, saturation: float, value: float) -> NDArray[np.float64]:
    """HSV to RGB in 0..1; A. R. Smith, Color gamut transform pairs, SIGGRAPH 1978."""
    ramp = (np.array([5.0, 3.0, 1.0]) + 6 * hue) % 6
    return value - value * saturation * np.clip(np.minimum(ramp, 4 - ramp), 0, 1)


def _paint(scene: Scene, stamp: _Stamp, colours: NDArray[np.float32]) -> None:
    scene.canvas[stamp.window][stamp.mask] = colours


def _claim(scene: Scene, stamps: Sequence[_Stamp], category: int, *, crowd: bool) -> None:
    """Makes the stamped pixels belong to a new thing."""
    for stamp in stamps:
        scene.owner[stamp.window][stamp.mask] = len(scene.things)
    scene.full.append(int((scene.owner == len(scene.things)).sum()))
    scene.things.append((category, crowd))
