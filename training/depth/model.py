"""The stand-in's model: transformers' own Depth Anything, small, and how it is begun."""

import torch
from torch import Tensor, nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from benchbench.catalog.formulas.rooms_drawing import SIZE
from training.depth.recipe import Recipe

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2")
_MEAN_DISPARITY = 0.4


def trainable(recipe: Recipe) -> DepthAnythingForDepthEstimation:
    """A model at its start: Xavier's initialisation in the encoder, and a head that begins at the mean disparity.

    As transformers initialises it, every weight being near zero, it would take a third of the run to leave zero.
    """
    torch.manual_seed(recipe.seed)
    model = DepthAnythingForDepthEstimation(config(recipe))
    for name, module in model.backbone.named_modules():
        if isinstance(module, nn.Linear) and name.endswith(_LINEARS):
            nn.init.xavier_uniform_(module.weight)
    nn.init.constant_(model.head.conv3.bias, _MEAN_DISPARITY)
    return model


def config(recipe: Recipe) -> DepthAnythingConfig:
    """The architecture as transformers writes it down."""
    encoder = Dinov2Config(
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        image_size=SIZE,
        patch_size=recipe.patch,
        out_indices=list(recipe.taps),
        reshape_hidden_states=False,
        layerscale_value=recipe.layer_scale,
        use_mask_token=False,
    )
    return DepthAnythingConfig(
        backbone_config=encoder,
        patch_size=recipe.patch,
        reassemble_hidden_size=recipe.width,
        neck_hidden_sizes=list(recipe.neck),
        fusion_hidden_size=recipe.fusion,
        head_hidden_size=recipe.fusion,
        depth_estimation_type="relative",
    )


def normalised(images: Tensor) -> Tensor:
    """(n, h, w, 3) uint8 to (n, 3, h, w) float32 as the model takes it."""
    scaled = images.permute(0, 3, 1, 2).float() / 255
    return (scaled - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
