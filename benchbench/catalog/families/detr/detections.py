"""Targets in, detections out: boxes, labels and category ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchbench.catalog.contracts import Sample
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData, CannotRun

COCO_LABELS = 91
"""The original has one label for every id up to 90, used or not, so that labels are COCO's own category ids."""


def category_ids(config: Any) -> list[int]:
    """The category id of each label: as the config says, else COCO's own for 91 labels, else counted from 1.

    Raises ValueError unless the config's are one distinct number for each label.
    """
    return [int(each) for each in _numbering(config)]


def _numbering(config: Any) -> NDArray[np.int64]:
    return _numbered(config.num_labels, tuple(getattr(config, "category_ids", None) or ()))


@lru_cache
def _numbered(labels: int, stated: tuple[int, ...]) -> NDArray[np.int64]:
    """(labels,), read only, for it is looked up anew for every batch of a model."""
    first = 0 if labels == COCO_LABELS else 1
    found = np.array([int(each) for each in stated or range(first, first + labels)], np.int64)
    if len(found) != labels or len(set(found.tolist())) != labels:
        raise ValueError(f"category_ids must be {labels} distinct numbers, one for each label: {found.tolist()}")
    found.flags.writeable = False
    return found


def targets(samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
    """`labels` as the loss takes them: per image `class_labels` (n,) and `boxes` (n, 4), cxcywh in 0..1.

    Samples carry `boxes` (n, 4) xywh in pixels, `categories` (n,) and, if any, `crowd` (n,). Crowds and boxes without
    area inside the image are left out, as the original does. Raises BadData for a category the model does not have.
    """
    ids = category_ids(model.config) if model is not None else list(range(COCO_LABELS))
    labels = {category: label for label, category in enumerate(ids)}
    return {"labels": [_target(sample, labels) for sample in samples]}


def _target(sample: Sample, labels: dict[int, int]) -> dict[str, Tensor]:
    height, width = sample.image.shape[:2]
    boxes = torch.as_tensor(sample.target["boxes"], dtype=torch.float32).reshape(-1, 4)
    corners = torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1)
    corners = corners.clamp(min=torch.zeros(4), max=torch.tensor([width, height, width, height]).float())
    kept = (corners[:, 2:] > corners[:, :2]).all(dim=1)
    if "crowd" in sample.target:
        kept &= ~torch.as_tensor(sample.target["crowd"]).bool()
    corners = corners[kept]
    centred = torch.cat([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], dim=1)
    categories = [int(each) for each in torch.as_tensor(sample.target["categories"])[kept]]
    return {
        "class_labels": torch.tensor([_label(each, labels, sample.id) for each in categories], dtype=torch.int64),
        "boxes": centred / torch.tensor([width, height, width, height]),
    }


def _label(category: int, labels: dict[int, int], image: int) -> int:
    if category not in labels:
        raise BadData(f"image {image} has category {category}, of which the model knows nothing")
    return labels[category]


def predict(model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
    """Per image `boxes` (Q, 4) float32 xywh in original pixels, `scores` (Q,) and `categories` (Q,) int64.

    The original's protocol: softmax over all logits, no-object dropped, the best class of every query; all queries, no
    threshold, no suppression. `sizes` are the originals' (height, width). Raises CannotRun where the logits and the
    model's config tell different numbers of labels.
    """
    _check_labels(outputs.logits.shape[-1] - 1, model.config)
    relative = outputs.pred_boxes.float().numpy(force=True)
    if len(sizes) != len(relative):
        raise ValueError(f"{len(sizes)} image sizes for {len(relative)} outputs")
    likely = outputs.logits.detach().cpu().softmax(-1, torch.float32).numpy()[..., :-1]
    categories = _numbering(model.config)[likely.argmax(-1)]
    return [
        {"boxes": box, "scores": score, "categories": category}
        for box, score, category in zip(_pixels(relative, sizes), likely.max(-1), categories, strict=True)
    ]


def _check_labels(labels: int, config: Any) -> None:
    if labels != config.num_labels:
        raise CannotRun(
            f"the logits are of {labels} labels and no-object, the model's config is of {config.num_labels} labels",
            "the last of a query's logits is that of no-object; a model of other labels needs a config that numbers "
            "them: num_labels, and category_ids where these are not counted from 1",
        )


def _pixels(boxes: NDArray[np.float32], sizes: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """(N, Q, 4) cxcywh in 0..1 to xywh in pixels, by way of the corners, as the original rounds."""
    centre, half = boxes[..., :2], np.float32(0.5) * boxes[..., 2:]
    scale = np.array(sizes, np.float32)[:, None, ::-1]
    low, high = (centre - half) * scale, (centre + half) * scale
    return np.concatenate([low, high - low], axis=2)
