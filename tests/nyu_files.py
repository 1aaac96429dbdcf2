"""NYU Depth v2 as its owners publish it, with the few images that are looked at; folders as BTS writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.depth_folders import save

HEIGHT, WIDTH = 480, 640
Metres = NDArray[np.float32]


def scene(number: int, height: int = HEIGHT, width: int = WIDTH) -> tuple[NDArray[np.uint8], Metres]:
    """A picture that darkens with depth under a pattern that does not, and the depth; the upper rows are a hole."""
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    depth = np.asarray(1.5 + 3 * np.sin(7 * columns + number) ** 2 + 2 * rows, np.float32)
    pattern = (np.floor(columns * 16).astype(np.uint8) * 8)[..., None]
    image = np.stack([(255 * np.exp(-depth / (2 + each))).astype(np.uint8) for each in range(3)], -1) ^ pattern
    depth[: height // 40] = 0
    return image, depth


def labelled(path: Path, total: int, drawn: Iterable[int], scenes: Sequence[str] = ()) -> Path:
    """The official file of `total` images. Those that are not drawn are empty and take no room on the disk.

    `scenes` are the names of the images' scenes, as MATLAB writes a cell array of text; none are written without.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        images = _array(file, "images", (total, 3, WIDTH, HEIGHT), "u1")
        depths = [_array(file, name, (total, WIDTH, HEIGHT), "f4") for name in ("rawDepths", "depths")]
        for number in drawn:
            image, depth = scene(number)
            images[number - 1] = image.transpose(2, 1, 0)
            for each in depths:
                each[number - 1] = depth.T
        if scenes:
            name_scenes(file, scenes)
    return path


def name_scenes(file: h5py.File, scenes: Sequence[str]) -> None:
    """Letters in datasets of their own, and references to them."""
    cells = file.create_dataset("scenes", (1, len(scenes)), h5py.ref_dtype)
    for number, name in enumerate(scenes):
        letters = file.create_dataset(f"#refs#/{number}", data=np.array([[ord(each)] for each in name], np.uint16))
        cells[0, number] = letters.ref


def folder(place: Path, numbers: Iterable[int], change: Callable[[Metres], Metres] = np.copy) -> Path:
    """Pictures of 60 x 90 px as BTS exports them; `change` is done to each depth map."""
    for number in numbers:
        image, depth = scene(number, 60, 90)
        millimetres = np.asarray(change(depth) * 1000, np.uint16)
        save(place / "kitchen" / f"rgb_{number - 1:05d}.png", image)
        save(place / "kitchen" / f"sync_depth_{number - 1:05d}.png", millimetres)
    return place


def _array(file: h5py.File, name: str, shape: tuple[int, ...], kind: str) -> h5py.Dataset:
    """Compressed image by image, as MATLAB does."""
    return file.create_dataset(name, shape, kind, chunks=(1, *shape[1:]), compression="gzip", compression_opts=1)
