"""COCO's average precision on held-out pictures, as an evaluation of the shipped model must measure it."""

import contextlib
import copy
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor
from transformers import DetrForObjectDetection

from benchbench.catalog.formulas.shapes_drawing import SIZE, draw, instances
from training.detr.data import normalised, resized
from training.detr.loss import corners

METRICS = ("AP", "AP50", "AP75", "APs", "APm", "APl")


@dataclass(frozen=True)
class HeldOut:
    """images: (n, side, side, 3) uint8 at input size; truth: the instances of the pictures at their own size."""

    images: Tensor
    truth: dict[str, Any]


def held_out(seed: int, count: int, side: int) -> HeldOut:
    drawings = [draw(seed, index) for index in range(count)]
    images = np.stack([resized(drawing.image, side) for drawing in drawings])
    return HeldOut(torch.from_numpy(images), instances(drawings))


@torch.no_grad()
def detections(model: DetrForObjectDetection, images: Tensor, *, size: int = 50) -> np.ndarray[Any, np.dtype[Any]]:
    """(n x queries, 7): image id, x, y, width, height in pixels of the picture, confidence, category id.

    All queries are kept: softmax over all columns, the best category that is not no-object, no threshold.
    """
    rows = []
    for start in range(0, len(images), size):
        output = model(pixel_values=normalised(images[start : start + size]))
        confidence, label = output.logits.softmax(-1)[..., :-1].max(-1)
        boxes = output.pred_boxes * SIZE
        boxes = torch.cat([corners(boxes)[..., :2], boxes[..., 2:]], -1)
        ids = torch.arange(start + 1, start + len(boxes) + 1)[:, None].expand_as(label)
        rows.append(torch.cat([ids[..., None], boxes, confidence[..., None], label[..., None] + 1], -1).flatten(0, 1))
    return torch.cat(rows).double().numpy()


def average_precision(model: DetrForObjectDetection, data: HeldOut) -> dict[str, float]:
    """The first six of COCO's twelve numbers by pycocotools; the model's mode is left as it was."""
    training = model.training
    model.eval()
    found = detections(model, data.images)
    model.train(training)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(data.truth)
        truth.createIndex()
        scores = COCOeval(truth, truth.loadRes(found), "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    return {name: float(value) for name, value in zip(METRICS, scores.stats, strict=False)}
