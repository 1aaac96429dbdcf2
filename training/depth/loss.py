"""The loss: relative error in disparity after the alignment under which the model is judged, and of its edges."""

import torch
from torch import Tensor

_FARTHEST = 20.0
_FLATTEST = 1e-4


def aligned(prediction: Tensor, disparity: Tensor) -> Tensor:
    """Scale and shift per picture by least squares; gradients flow through the fit. Both are (n, h, w)."""
    flat, wanted = prediction.flatten(1), disparity.flatten(1)
    centred = flat - flat.mean(1, keepdim=True)
    middle = wanted.mean(1, keepdim=True)
    spread = centred.square().mean(1, keepdim=True) + _FLATTEST
    scale = (centred * (wanted - middle)).mean(1, keepdim=True) / spread
    return (scale * centred + middle).view_as(prediction)


def relative_error(disparity: Tensor, wanted: Tensor) -> Tensor:
    """Mean |ln| of the ratio: to first order the relative error of the depth."""
    return (disparity.clamp(min=1 / _FARTHEST).log() - wanted.log()).abs().mean()


def edge_error(disparity: Tensor, wanted: Tensor) -> Tensor:
    """Mean difference of neighbours' differences, relative to the disparity (MiDaS's gradient term, one scale)."""
    error = (disparity - wanted) / wanted
    return error.diff(dim=1).abs().mean() + error.diff(dim=2).abs().mean()


def depth_loss(prediction: Tensor, depth: Tensor, anchor: float) -> Tensor:
    """The aligned error and its edges, and with weight `anchor` the error without alignment."""
    wanted = depth.reciprocal()
    fitted = aligned(prediction, wanted)
    bound = torch.nn.functional.smooth_l1_loss(prediction / wanted, torch.ones_like(wanted), beta=0.1)
    return relative_error(fitted, wanted) + 0.5 * edge_error(fitted, wanted) + anchor * bound
