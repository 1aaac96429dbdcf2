"""Changes of a training sample, pure functions of a generator: mirroring, and strong changes of colour and focus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.contracts import Sample, Task
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import CannotTrain

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601 luma."""
_JITTER = 0.4
_BLURRED = 0.5
_GREYED = 0.2
_WIDEST = 0.01
"""Largest standard deviation of the blur, in widths of the image."""


def mirrored(sample: Sample, task: Task) -> Sample:
    """Left and right swapped, in the image and in its target. Raises CannotTrain for a task it knows no mirror of."""
    width = sample.image.shape[1]
    if task == "depth":
        target = _dense(sample)
    elif task == "detection":
        target = _boxes(sample.target, width)
    elif task == "classification":
        target = sample.target
    else:
        raise CannotTrain(f"augment: nobody has said how a target of '{task}' is mirrored", "write augment: none")
    return replace(sample, image=np.ascontiguousarray(sample.image[:, ::-1]), target=target)


def _dense(sample: Sample) -> Arrays:
    """Maps are mirrored. Raises CannotTrain for what is no map of the image's size, such as points."""
    for name, array in sample.target.items():
        if array.shape[:2] != sample.image.shape[:2]:
            raise CannotTrain(f"augment: '{name}' of shape {array.shape} is no map that can be mirrored")
    return {name: np.ascontiguousarray(array[:, ::-1]) for name, array in sample.target.items()}


def _boxes(target: Arrays, width: int) -> Arrays:
    """`boxes` are (n, 4) xywh in pixels."""
    boxes = np.array(target["boxes"]).reshape(-1, 4)
    boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
    return {**target, "boxes": boxes}


def perturbed(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Brightness, contrast and saturation by up to 40 %, grey in 20 %, blurred in 50 % of the cases; no pixel moves."""
    colours: Floats = image.astype(np.float32) / np.float32(255)
    brightness, contrast, saturation = rng.uniform(1 - _JITTER, 1 + _JITTER, 3).astype(np.float32)
    greyed, blurred, width = rng.random() < _GREYED, rng.random() < _BLURRED, rng.uniform(0.1, 1.0) * _WIDEST
    colours = colours * brightness
    colours = (colours - colours.mean()) * contrast + colours.mean()
    grey: Floats = (colours @ _GREY)[..., None]
    colours = grey + (colours - grey) * (np.float32(0) if greyed else saturation)
    if blurred:
        colours = _blur(colours, width * image.shape[1])
    pixels: Pixels = np.rint(colours.clip(0, 1) * 255).astype(np.uint8)
    return pixels


def _blur(image: Floats, deviation: float) -> Floats:
    """A Gaussian of this standard deviation in pixels, cut at three of them, edges repeated; (h, w, 3)."""
    reach = max(1, round(3 * deviation))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (0, 1):
        padding = [(reach, reach) if each == axis else (0, 0) for each in range(3)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, padding, "edge"), 2 * reach + 1, axis)
        image = windows @ kernel
    return image
