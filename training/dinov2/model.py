"""The encoder under pre-training, and the linear layer that asks each patch what it shows."""

import torch
from torch import Tensor, nn
from transformers import Dinov2Model

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES
from training.depth.model import config as depth_config
from training.depth.recipe import Recipe as Architecture
from training.detr.data import Targets
from training.dinov2.recipe import Recipe

_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2")


class PatchClassifier(nn.Module):
    """(n, 3, h, w) to (n, patches, categories) logits: which categories' boxes hold the middle of each patch."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        config = depth_config(Architecture()).backbone_config
        self.encoder = Dinov2Model(config)
        for name, module in self.encoder.named_modules():
            if isinstance(module, nn.Linear) and name.endswith(_LINEARS):
                nn.init.xavier_uniform_(module.weight)
        self.classifier = nn.Linear(config.hidden_size, len(CATEGORIES))

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.encoder(pixel_values=images).last_hidden_state[:, 1:]
        logits: Tensor = self.classifier(tokens)
        return logits


def patch_labels(targets: Targets, side: int) -> Tensor:
    """(n, side x side, categories) of 0 and 1: 1 where the middle of a patch lies in a box of the category."""
    middle = (torch.arange(side) + 0.5) / side
    boxes = targets.boxes[:, :, None, None]
    across = (middle[None, None, None, :] - boxes[..., 0]).abs() < boxes[..., 2] / 2
    down = (middle[None, None, :, None] - boxes[..., 1]).abs() < boxes[..., 3] / 2
    inside = (across & down & targets.present[:, :, None, None]).flatten(2).float()
    shown = torch.nn.functional.one_hot(targets.labels, len(CATEGORIES)).float()
    return torch.einsum("nop,noc->npc", inside, shown).clamp(max=1)
