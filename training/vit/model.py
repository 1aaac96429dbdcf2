"""The configuration and the first weights of a size."""

import torch
from torch import nn
from transformers import ViTConfig, ViTForImageClassification

from benchbench.catalog.formulas.glyphs_drawing import CLASSES
from training.vit.recipe import Recipe, Size


def config(recipe: Recipe, size: Size) -> ViTConfig:
    """The stock class, smaller."""
    return ViTConfig(
        hidden_size=size.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.hidden,
        image_size=recipe.side,
        patch_size=recipe.patch,
        id2label=dict(enumerate(CLASSES)),
        label2id={name: index for index, name in enumerate(CLASSES)},
    )


def model(recipe: Recipe, size: Size) -> ViTForImageClassification:
    """The weights at the start. The stock deviation of 0.02 suits a width of 768 and starves one of 24: linear layers
    and the patches begin by Xavier's rule, positions as far apart as patches are.
    """
    torch.manual_seed(recipe.seed)
    made = ViTForImageClassification(config(recipe, size))
    for name, module in made.named_modules():
        if isinstance(module, nn.Linear) and name != "classifier":
            nn.init.xavier_uniform_(module.weight)
        elif isinstance(module, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight.flatten(1))
    nn.init.normal_(made.vit.embeddings.position_embeddings, std=recipe.position_spread)
    return made
