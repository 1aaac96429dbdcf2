"""What a DETR is trained to make small: the set loss against ground truth, and a matched one against a teacher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.errors import BenchbenchError, CannotTrain

CLASS_COST, BOX_WEIGHT, IOU_WEIGHT, NO_OBJECT_WEIGHT = 1.0, 5.0, 2.0, 0.1
"""The original's: cost of a class, weights of box distance and overlap, of queries that see nothing (main.py)."""


def keep_layers(model: Any) -> None:
    """Make a DetrForObjectDetection hand out `intermediate_hidden_states` with its outputs, wherever it computes them.

    The inner model does when its config asks for auxiliary losses; transformers uses them only if labels go in.
    """
    model.model.register_forward_hook(_keep)
    model.register_forward_hook(_hand_out)


def _keep(inner: nn.Module, _: Any, outputs: Any) -> None:
    inner.__dict__["kept_layers"] = getattr(outputs, "intermediate_hidden_states", None)


def _hand_out(model: Any, _: Any, outputs: Any) -> None:
    layers = model.model.__dict__.pop("kept_layers", None)
    if layers is not None and hasattr(outputs, "logits"):
        outputs["intermediate_hidden_states"] = layers  # an item, so that copies of the outputs have it too


def loss(model: Any, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
    """Transformers' own set loss with the model's weights for it: what `model(**inputs, labels=...)` would give.

    Every decoder layer's predictions count where the config has `auxiliary_loss`, as the original trains.
    """
    classes = boxes = None
    if model.config.auxiliary_loss:
        layers = getattr(outputs, "intermediate_hidden_states", None)
        if layers is None:
            raise BenchbenchError("these outputs lack the decoder's layers", "build the model by its family")
        classes, boxes = model.class_labels_classifier(layers), model.bbox_predictor(layers).sigmoid()
    labels = targets["labels"]
    logits = outputs.logits
    found, _, _ = model.loss_function(logits, labels, logits.device, outputs.pred_boxes, model.config, classes, boxes)
    value: Tensor = found
    return value


def imitation(outputs: Any, taught: Any) -> Tensor:
    """Distance of a student's queries from the teacher's queries they are matched with, one to one, in each image.

    Matched by the Hungarian algorithm on class probabilities and boxes. Classes by the Kullback-Leibler divergence from
    the teacher's; boxes by L1 and generalised IoU, in the proportions of the set loss, as far as the teacher sees an
    object there. Raises CannotTrain where images or classes differ.
    """
    _check(outputs.logits, taught.logits)
    sums = torch.stack([torch.stack(parts) for parts in _images(outputs, taught)]).sum(0)
    divergence, distance, seen, weight = sums.unbind()
    return divergence / weight + distance / seen.clamp(min=1)


def _check(logits: Tensor, taught: Tensor) -> None:
    if len(logits) != len(taught):
        raise CannotTrain(f"a teacher's outputs of {len(taught)} images for a student's of {len(logits)}")
    if logits.shape[-1] != taught.shape[-1]:
        raise CannotTrain(f"the teacher tells {taught.shape[-1]} classes apart, the student {logits.shape[-1]}")


def _images(outputs: Any, taught: Any) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Of each image: divergence and box distance, weighted and summed, and the sums of the weights."""
    goals = (taught.logits.detach().log_softmax(-1), taught.pred_boxes.detach())
    for logits, boxes, goal, where in zip(outputs.logits.log_softmax(-1), outputs.pred_boxes, *goals, strict=True):
        apart = BOX_WEIGHT * torch.cdist(boxes, where, p=1) + IOU_WEIGHT * (1 - _overlap(boxes, where))
        objects = 1 - goal[:, -1].exp()
        mine, its = _matched(logits.detach().exp(), goal.exp(), apart.detach() * objects)
        seen = objects[its]
        weight = seen + NO_OBJECT_WEIGHT * (1 - seen)
        divergence = (goal[its].exp() * (goal[its] - logits[mine])).sum(-1)
        yield (weight * divergence).sum(), (seen * apart[mine, its]).sum(), seen.sum(), weight.sum()


def _matched(mine: Tensor, its: Tensor, apart: Tensor) -> tuple[Tensor, Tensor]:
    """Indices of the student's and the teacher's queries, as many pairs as the fewer of them."""
    from scipy.optimize import linear_sum_assignment

    costs = apart - CLASS_COST * mine @ its.T
    rows, columns = linear_sum_assignment(costs.cpu().numpy())
    return torch.as_tensor(rows), torch.as_tensor(columns)


def _overlap(boxes: Tensor, others: Tensor) -> Tensor:
    """(q, 4) and (k, 4) centre and size in 0..1 to their generalised IoU (q, k)."""
    from transformers.image_transforms import center_to_corners_format
    from transformers.loss.loss_for_object_detection import generalized_box_iou

    found: Tensor = generalized_box_iou(center_to_corners_format(boxes), center_to_corners_format(others))
    return found
