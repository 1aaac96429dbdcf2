"""What a depth model is trained to make small: against ground truth, relative or metric, and against a teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from benchbench.catalog.depth.maps import resized
from benchbench.errors import BadData, CannotTrain

ANCHOR = 0.3
"""The weight of the error without alignment beside the aligned one: it keeps scale and shift from drifting."""

_FARTHEST = 20.0
_FLATTEST = 1e-4
_NEAREST = 1e-3


def loss(model: Any, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
    """The loss of a model's kind, its map being resized to the truth's size: see `relative_loss`, `silog_loss`.

    Raises BadData where a picture of the batch has no valid depth.
    """
    depth, valid = targets["depth"], targets["valid"]
    prediction = resized(outputs.predicted_depth.float(), *depth.shape[1:])
    if model.config.depth_estimation_type == "metric":
        valid = valid & (depth <= model.config.max_depth)
        _check(valid, f" within {model.config.max_depth} m")
        return silog_loss(prediction, depth, valid)
    _check(valid)
    return relative_loss(prediction, depth, valid)


def _check(valid: Tensor, where: str = "") -> None:
    empty = (~valid.flatten(1).any(1)).nonzero().flatten().tolist()
    if empty:
        which = ", ".join(str(index) for index in empty)
        raise BadData(f"no valid depth{where} in picture {which} of a batch of {len(valid)} (counted from 0)")


def relative_loss(prediction: Tensor, depth: Tensor, valid: Tensor, anchor: float = ANCHOR) -> Tensor:
    """Error of a disparity after the alignment under which it is judged, and of its edges; (n, h, w) each.

    `anchor` weighs the same error without alignment, in 1 / metres.
    """
    depth = depth.where(valid, torch.ones_like(depth))
    wanted = depth.reciprocal()
    fitted = aligned(prediction, wanted, valid)
    bound = smooth_l1_loss(prediction / wanted, torch.ones_like(wanted), beta=0.1, reduction="none")
    aligned_error = _log_error(fitted, wanted, valid, float(depth[valid].max()))
    return aligned_error + 0.5 * _edge_error(fitted, wanted, valid) + anchor * _mean(bound, valid)


def aligned(prediction: Tensor, wanted: Tensor, valid: Tensor) -> Tensor:
    """Scale and shift per picture by least squares over valid pixels, gradients flowing through; (n, h, w) each."""
    flat, goal, mask = prediction.flatten(1), wanted.flatten(1), valid.flatten(1)
    number = mask.sum(1, keepdim=True)

    def mean(values: Tensor) -> Tensor:
        return values.where(mask, torch.zeros_like(values)).sum(1, keepdim=True) / number

    centred, middle = flat - mean(flat), mean(goal)
    scale = mean(centred * (goal - middle)) / (mean(centred.square()) + _FLATTEST)
    return (scale * centred + middle).view_as(prediction)


def _log_error(disparity: Tensor, wanted: Tensor, valid: Tensor, farthest: float) -> Tensor:
    """Mean |ln| of the ratio: to first order the relative error of the depth. It ends beyond all that is there."""
    floor = 1 / max(_FARTHEST, farthest)
    return _mean((disparity.clamp(min=floor).log() - wanted.log()).abs(), valid)


def _edge_error(disparity: Tensor, wanted: Tensor, valid: Tensor) -> Tensor:
    """Mean difference of valid neighbours' errors, relative to the disparity (MiDaS's gradient term, one scale)."""
    error = (disparity - wanted) / wanted
    down, across = valid[:, 1:] & valid[:, :-1], valid[:, :, 1:] & valid[:, :, :-1]
    return _mean(error.diff(dim=1).abs(), down) + _mean(error.diff(dim=2).abs(), across)


def _mean(values: Tensor, valid: Tensor) -> Tensor:
    """Over all valid pixels of the batch; 0 where there is none."""
    return values.where(valid, torch.zeros_like(values)).sum() / valid.sum().clamp(min=1)


def silog_loss(prediction: Tensor, depth: Tensor, valid: Tensor) -> Tensor:
    """Scale-invariant log error over the valid pixels of a batch, (n, h, w) metres each.

    sqrt(mean d^2 - 0.5 (mean d)^2), d = ln depth - ln prediction (Depth-Anything-V2, metric_depth/util/loss.py).
    Predictions below a millimetre count as one, so that the logarithm exists.
    """
    error = depth[valid].log() - prediction[valid].clamp(min=_NEAREST).log()
    return (error.square().mean() - 0.5 * error.mean().square()).clamp(min=1e-12).sqrt()


def imitation(outputs: Any, taught: Any) -> Tensor:
    """Mean distance of a student's map from its teacher's, in units of the teacher's mean deviation per picture.

    Of the student's map fitted to the teacher's by scale and shift, and with weight `ANCHOR` of the map as it stands,
    which alone tells a metric model its metres. Raises CannotTrain where the numbers of pictures differ.
    """
    student: Tensor = outputs.predicted_depth.float()
    teacher: Tensor = taught.predicted_depth.detach().float()
    if len(student) != len(teacher):
        raise CannotTrain(f"a teacher's {len(teacher)} depth maps for a student's {len(student)}")
    teacher = resized(teacher, *student.shape[1:])
    everywhere = torch.ones_like(teacher, dtype=torch.bool)
    unit = (teacher - teacher.mean((1, 2), keepdim=True)).abs().mean((1, 2), keepdim=True).clamp(min=_FLATTEST)
    fitted = aligned(student, teacher, everywhere)
    return ((fitted - teacher).abs() / unit).mean() + ANCHOR * ((student - teacher).abs() / unit).mean()
