"""The set loss of DETR (arXiv 2005.12872, section 3.1 and appendix A.2), matched for all layers at once."""

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from training.detr.data import Targets

BOX_WEIGHT, IOU_WEIGHT = 5.0, 2.0


def corners(boxes: Tensor) -> Tensor:
    """(..., 4) centre and size to (..., 4) x0, y0, x1, y1."""
    middle, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([middle - half, middle + half], -1)


def generalised_iou(one: Tensor, other: Tensor) -> Tensor:
    """(..., 4) and (..., 4) centre and size, broadcast, to (...): Rezatofighi et al., arXiv 1902.09630."""
    a, b = corners(one), corners(other)
    shared = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = one[..., 2:].prod(-1) + other[..., 2:].prod(-1) - shared
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(-1)
    return shared / (union + 1e-7) - (hull - union) / (hull + 1e-7)


@torch.no_grad()
def matched(logits: Tensor, boxes: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Indices (layer, picture, query, object) of the cheapest assignment in every layer of every picture."""
    layers, pictures, queries, _ = logits.shape
    objects = targets.labels.shape[1]
    chance = logits.softmax(-1).gather(-1, targets.labels[None, :, None].expand(layers, pictures, queries, objects))
    distance = (boxes[:, :, :, None] - targets.boxes[None, :, None]).abs().sum(-1)
    overlap = generalised_iou(boxes[:, :, :, None], targets.boxes[None, :, None])
    costs = (BOX_WEIGHT * distance - IOU_WEIGHT * overlap - chance).numpy()
    numbers = targets.present.sum(1).tolist()
    found = [
        (layer, picture, query, k)
        for layer in range(layers)
        for picture, number in enumerate(numbers)
        for query, k in zip(*linear_sum_assignment(costs[layer, picture, :, :number]), strict=True)
    ]
    rows = torch.tensor(found, dtype=torch.long).reshape(-1, 4)
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def set_loss(logits: Tensor, boxes: Tensor, targets: Targets, *, no_object_weight: float) -> Tensor:
    """Sum over the layers of class, box distance and overlap loss. logits (l, n, q, c + 1), boxes (l, n, q, 4)."""
    layers, _, _, columns = logits.shape
    layer, picture, query, k = matched(logits.detach(), boxes.detach(), targets)
    wanted = torch.full(logits.shape[:3], columns - 1)
    wanted[layer, picture, query] = targets.labels[picture, k]
    weights = torch.ones(columns)
    weights[-1] = no_object_weight
    classes = layers * F.cross_entropy(logits.flatten(0, 2), wanted.flatten(), weight=weights)
    return classes + _box_loss(boxes[layer, picture, query], targets.boxes[picture, k], int(targets.present.sum()))


def token_loss(logits: Tensor, boxes: Tensor, targets: Targets) -> Tensor:
    """Loss of predictions made by every encoder token for the smallest object that covers the token's middle.

    logits (n, tokens, c + 1), boxes (n, tokens, 4); the tokens are a square grid, row by row.
    """
    owner, covered = covering(targets, tokens=logits.shape[1])
    labels = torch.where(covered, targets.labels.gather(1, owner), logits.shape[-1] - 1)
    everywhere = 0.5 * F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    if not covered.any():
        return everywhere
    wanted = targets.boxes.gather(1, owner[..., None].expand(-1, -1, 4))[covered]
    on_objects = 2 * F.cross_entropy(logits[covered], labels[covered])
    return everywhere + on_objects + _box_loss(boxes[covered], wanted, int(covered.sum())) / 2


def covering(targets: Targets, *, tokens: int) -> tuple[Tensor, Tensor]:
    """(n, tokens) index of the smallest object over each token's middle, and whether there is one."""
    side = round(tokens**0.5)
    middle = (torch.arange(side) + 0.5) / side
    x, y = middle.repeat(side)[None, :, None], middle.repeat_interleave(side)[None, :, None]
    x0, y0, x1, y1 = corners(targets.boxes)[:, None].unbind(-1)
    inside = (x > x0) & (x < x1) & (y > y0) & (y < y1) & targets.present[:, None]
    areas = targets.boxes[..., 2:].prod(-1)[:, None].expand_as(inside)
    smallest = torch.where(inside, areas, torch.inf).min(-1)
    return smallest.indices, smallest.values.isfinite()


def _box_loss(predicted: Tensor, wanted: Tensor, number: int) -> Tensor:
    distance = (predicted - wanted).abs().sum()
    overlap = (1 - generalised_iou(predicted, wanted)).sum()
    return (BOX_WEIGHT * distance + IOU_WEIGHT * overlap) / max(number, 1)
