"""Pictures of `glyphs` at input size, drawn once and kept; the batch of a step is a pure function of seed and step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchbench.catalog.formulas import glyphs_drawing

PART = 5_000


@dataclass(frozen=True)
class Pictures:
    """images (n, 3, side, side) uint8, labels (n,) int64."""

    images: Tensor
    labels: Tensor


def pictures(folder: Path, *, seed: int, count: int, side: int) -> Pictures:
    """The first pictures of a seed; each part of them is kept in the folder once drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_part(folder, seed, start, min(PART, count - start), side) for start in range(0, count, PART)]
    return Pictures(torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts]))


def batch(known: Pictures, *, seed: int, step: int, size: int) -> tuple[Tensor, Tensor]:
    """The images, normalised, and labels of a step."""
    chosen = torch.from_numpy(np.random.default_rng([seed, step]).integers(len(known.labels), size=size))
    return normalised(known.images[chosen]), known.labels[chosen]


def normalised(images: Tensor) -> Tensor:
    """uint8 to -1 ... 1, as the original preprocesses."""
    return images.float() / 127.5 - 1


def _part(folder: Path, seed: int, start: int, count: int, side: int) -> Pictures:
    path = folder / f"glyphs-{seed}-{start}-{count}-{side}.npz"
    if not path.exists():
        drawn = [glyphs_drawing.draw(seed, index) for index in range(start, start + count)]
        images = torch.stack([_resized(each.image, side) for each in drawn])
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, images=images.numpy(), labels=np.array([each.label for each in drawn]))
        partial.replace(path)
    with np.load(path) as kept:
        return Pictures(torch.from_numpy(kept["images"]), torch.from_numpy(kept["labels"]))


def _resized(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], side: int) -> Tensor:
    """As the family prepares images: bicubic with antialiasing."""
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    small = interpolate(pixels, (side, side), mode="bicubic", antialias=True)
    return small.round().clamp(0, 255)[0].byte()
