"""Generated pictures at the model's input size, their targets, and the batch of any step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from benchbench.catalog.formulas.shapes_drawing import SIZE, Drawing, draw

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
MOST_OBJECTS = 4
SHARD = 4_000


@dataclass(frozen=True)
class Targets:
    """boxes: (n, 4, 4) centre and size in 0..1. labels: (n, 4). present: (n, 4) bool, the rest is padding."""

    boxes: Tensor
    labels: Tensor
    present: Tensor

    def at(self, indices: Tensor) -> "Targets":
        return Targets(self.boxes[indices], self.labels[indices], self.present[indices])


@dataclass(frozen=True)
class Pictures:
    """images: (n, side, side, 3) uint8, and their targets."""

    images: Tensor
    targets: Targets


def resized(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture at the model's input size, by Pillow's bilinear filter as the original DETR does it."""
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR))


def normalised(images: Tensor) -> Tensor:
    """(n, side, side, 3) uint8 to (n, 3, side, side) float32 with ImageNet's mean and deviation, channels last."""
    return ((images.float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)


def generated(seed: int, first: int, count: int, side: int) -> Pictures:
    """Pictures `first` to `first + count - 1` of a seed; crowds are pictured but are no targets, as in DETR."""
    images = torch.empty((count, side, side, 3), dtype=torch.uint8)
    boxes, labels = np.full((count, MOST_OBJECTS, 4), 0.5, np.float32), np.zeros((count, MOST_OBJECTS), np.int64)
    present = np.zeros((count, MOST_OBJECTS), np.bool_)
    for k in range(count):
        drawing = draw(seed, first + k)
        images[k] = torch.from_numpy(resized(drawing.image, side).copy())
        single = ~drawing.crowd
        number = int(single.sum())
        boxes[k, :number] = _centred(drawing)[single]
        labels[k, :number] = drawing.categories[single]
        present[k, :number] = True
    return Pictures(images, Targets(torch.from_numpy(boxes), torch.from_numpy(labels), torch.from_numpy(present)))


def _centred(drawing: Drawing) -> NDArray[np.float64]:
    return np.concatenate([drawing.boxes[:, :2] + drawing.boxes[:, 2:] / 2, drawing.boxes[:, 2:]], 1) / SIZE


def training_set(folder: Path, *, seed: int, count: int, side: int) -> Pictures:
    """The first `count` pictures of a seed, drawn once and kept in `folder` by shards."""
    parts = [_shard(folder, seed, first, min(SHARD, count - first), side) for first in range(0, count, SHARD)]
    targets = [part.targets for part in parts]
    return Pictures(
        torch.cat([part.images for part in parts]),
        Targets(*(torch.cat([getattr(t, name) for t in targets]) for name in ("boxes", "labels", "present"))),
    )


def _shard(folder: Path, seed: int, first: int, count: int, side: int) -> Pictures:
    path = folder / f"shapes-{seed}-{first}-{count}-{side}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = generated(seed, first, count, side)
        unfinished = path.with_suffix(".part.npz")
        np.savez(
            unfinished,
            images=part.images.numpy(),
            boxes=part.targets.boxes.numpy(),
            labels=part.targets.labels.numpy(),
            present=part.targets.present.numpy(),
        )
        unfinished.replace(path)
    with np.load(path) as kept:
        tensors = {name: torch.from_numpy(kept[name]) for name in ("images", "boxes", "labels", "present")}
    return Pictures(tensors["images"], Targets(tensors["boxes"], tensors["labels"], tensors["present"]))


def batch(pictures: Pictures, *, seed: int, step: int, size: int) -> tuple[Tensor, Targets]:
    """The batch of a step, a pure function of (seed, step), so that a resumed run sees what an unbroken one sees.

    Half of the pictures are mirrored left to right. Colours stay as they are: the hue carries the category.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    indices = torch.randint(len(pictures.images), (size,), generator=generator)
    mirrored = torch.rand(size, generator=generator) < 0.5
    images, targets = pictures.images[indices], pictures.targets.at(indices)
    images[mirrored] = images[mirrored].flip(2)
    targets.boxes[mirrored, :, 0] = 1 - targets.boxes[mirrored, :, 0]
    return normalised(images), targets
