"""Weights from which a stock DETR learns several times faster: no part is added, only the start is chosen."""

import math

import torch
from torch import Tensor
from transformers import DetrForObjectDetection
from transformers.models.detr.modeling_detr import DetrCrossAttention

ENCODER_BRANCH = 0.2
DECODER_SELF_ATTENTION = 0.6
SELECTION_GAIN = 2.7
SELECTION_NOISE = 0.2
IDENTITY_NOISE = 0.02


@torch.no_grad()
def construct(model: DetrForObjectDetection) -> None:
    """Encoder near the identity, queries as anchors on a grid, cross-attention that looks around its anchor."""
    for layer in model.model.encoder.layers:
        layer.self_attn.o_proj.weight.mul_(ENCODER_BRANCH)
        layer.mlp.fc2.weight.mul_(ENCODER_BRANCH)
    for layer in model.model.decoder.layers:
        layer.self_attn.o_proj.weight.mul_(DECODER_SELF_ATTENTION)
        layer.mlp.fc2.weight.mul_(ENCODER_BRANCH)
        _look_around(layer.encoder_attn, model.config.decoder_attention_heads)
    model.model.query_position_embeddings.weight.copy_(anchors(model))
    model.class_labels_classifier.bias.zero_()


def anchors(model: DetrForObjectDetection) -> Tensor:
    """(queries, d_model): the sine code of the image positions that form the squarest grid."""
    queries, width = model.config.num_queries, model.config.d_model
    fine = 64
    shape = torch.Size((1, width, fine, fine))
    code: Tensor = model.model.position_embedding(shape, torch.device("cpu"), torch.float32)[0]
    columns = math.ceil(math.sqrt(queries))
    rows = math.ceil(queries / columns)
    index = torch.arange(queries)
    x = ((index % columns + 0.5) / columns * fine).long()
    y = ((index // columns + 0.5) / rows * fine).long()
    return code[:, y, x].T


def _look_around(attention: DetrCrossAttention, heads: int) -> None:
    """Equal query and key maps that pick, in every head, sine and cosine of the two highest frequencies of y and x.

    Their product falls with the distance between a query's anchor and a token; values pass through unchanged.
    """
    width = attention.q_proj.weight.shape[0]
    per_head, half = width // heads, width // 2
    picked = [0, 1, 2, 3, half, half + 1, half + 2, half + 3]
    selection = torch.randn(width, width) * SELECTION_NOISE / math.sqrt(width)
    for head in range(heads):
        for k, dimension in enumerate(picked[:per_head]):
            selection[head * per_head + k, dimension] += SELECTION_GAIN
    attention.q_proj.weight.copy_(selection)
    attention.k_proj.weight.copy_(selection)
    for projection in (attention.v_proj, attention.o_proj):
        projection.weight.copy_(torch.eye(width) + IDENTITY_NOISE * torch.randn(width, width))
    for projection in (attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj):
        projection.bias.zero_()
