"""The stock DETR of transformers at toy size, and batch norms that can be trained."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig
from transformers.models.detr.modeling_detr import DetrFrozenBatchNorm2d

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES
from training import preprocessing
from training.detr.data import MEAN, STD
from training.detr.recipe import Recipe

_STATISTICS = ("weight", "bias", "running_mean", "running_var")


def configuration(recipe: Recipe) -> DetrConfig:
    """Label k of the model is category id k + 1 of `shapes`; the logits have one more column, no object."""
    backbone = ResNetConfig(
        embedding_size=recipe.stem,
        hidden_sizes=list(recipe.widths),
        depths=list(recipe.depths),
        layer_type="bottleneck",
        out_features=[f"stage{len(recipe.widths)}"],
    )
    return DetrConfig(
        use_timm_backbone=False,
        backbone_config=backbone,
        d_model=recipe.d_model,
        num_queries=recipe.queries,
        encoder_layers=recipe.layers,
        decoder_layers=recipe.layers,
        encoder_attention_heads=recipe.heads,
        decoder_attention_heads=recipe.heads,
        encoder_ffn_dim=recipe.feed_forward,
        decoder_ffn_dim=recipe.feed_forward,
        dropout=0.0,
        auxiliary_loss=True,
        eos_coefficient=recipe.no_object_weight,
        id2label=dict(enumerate(CATEGORIES)),
        label2id={name: k for k, name in enumerate(CATEGORIES)},
    )


def trainable(recipe: Recipe) -> DetrForObjectDetection:
    """A random model of which every parameter learns.

    DetrForObjectDetection freezes the whole ResNet: it spares parameters called `stage.1` and theirs are called
    `stages.1`. It also freezes the batch norms, with which a network cannot start from nothing.
    """
    model = DetrForObjectDetection(configuration(recipe))
    thaw_batch_norms(model)
    model.requires_grad_(True)
    model.model.backbone.to(memory_format=torch.channels_last)
    return model


def thaw_batch_norms(model: nn.Module) -> None:
    """Puts a live BatchNorm2d in the place of every frozen one."""
    for name, child in list(model.named_children()):
        if isinstance(child, DetrFrozenBatchNorm2d):
            setattr(model, name, _carried_over(child, nn.BatchNorm2d(len(child.weight))))
        else:
            thaw_batch_norms(child)


def freeze_batch_norms(model: nn.Module) -> None:
    """The way back: the model computes what it computed in eval mode."""
    for name, child in list(model.named_children()):
        if isinstance(child, nn.BatchNorm2d):
            setattr(model, name, _carried_over(child, DetrFrozenBatchNorm2d(child.num_features)))
        else:
            freeze_batch_norms(child)


@torch.no_grad()
def _carried_over(source: nn.Module, target: nn.Module) -> nn.Module:
    for name in _STATISTICS:
        getattr(target, name).copy_(getattr(source, name))
    return target.train(source.training)


def predictions(model: DetrForObjectDetection, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """logits (layers, n, queries, categories + 1), boxes (layers, n, queries, 4) and encoder tokens (n, tokens, d)."""
    output = model.model(pixel_values=images)
    hidden = output.intermediate_hidden_states
    boxes = model.bbox_predictor(hidden).sigmoid()
    return model.class_labels_classifier(hidden), boxes, output.encoder_last_hidden_state


def export(model: DetrForObjectDetection, recipe: Recipe, folder: Path) -> None:
    """Writes config.json and model.safetensors (float16, frozen batch norms) as from_pretrained reads them."""
    shipped = DetrForObjectDetection(configuration(recipe))
    shipped.load_state_dict({k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")})
    shipped.half().save_pretrained(folder)
    size = {"shortest_edge": recipe.side, "longest_edge": recipe.side * 1333 // 800}
    bilinear = int(Image.Resampling.BILINEAR)
    preprocessing.write(folder, "DetrImageProcessor", size, bilinear, (MEAN, STD), do_pad=True)
