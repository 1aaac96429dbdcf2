"""Held-out rooms and what a model reaches on them: the metrics of the suite, by a few lines of their own."""

import torch
from torch import Tensor
from transformers import DepthAnythingForDepthEstimation

from training.depth import data
from training.depth.model import normalised
from training.depth.recipe import Recipe

METRICS = ("AbsRel", "delta1")
_FARTHEST = 10.0
_AT_ONCE = 25


def held_out(recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Pictures and depths that no training step sees, whatever its seed."""
    return data.rooms(recipe.held_out_seed, 0, recipe.held_out)


@torch.inference_mode()
def depth_errors(model: DepthAnythingForDepthEstimation, rooms: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Mean over pictures of AbsRel and of the share of pixels within 1.25, scale and shift fitted in disparity."""
    model.eval()
    errors = []
    for images, depths in zip(*(torch.split(part, _AT_ONCE) for part in rooms), strict=True):
        found = _depth(model(pixel_values=normalised(images)).predicted_depth, depths).flatten(1)
        true = depths.flatten(1)
        ratio = torch.maximum(found / true, true / found)
        errors.append(torch.stack([((found - true).abs() / true).mean(1), (ratio < 1.25).float().mean(1)]))
    model.train()
    return dict(zip(METRICS, torch.cat(errors, 1).mean(1).tolist(), strict=True))


def _depth(prediction: Tensor, depths: Tensor) -> Tensor:
    wanted = depths.reciprocal().flatten(1).double()
    given = torch.stack([prediction.flatten(1).double(), torch.ones_like(wanted)], 2)
    fit = torch.linalg.lstsq(given, wanted[..., None]).solution
    disparity = (given @ fit).squeeze(2).clamp(min=1 / _FARTHEST)
    depth: Tensor = disparity.reciprocal().view_as(depths).float()
    return depth
