"""The sizes of LiT: the settings a suite may name, and the transformers configs they make.

Unnamed ones are LiT-B16B's: `get_lit_b16b_config` in vit_jax/configs/models.py of google-research/vision_transformer
(c6de1e53) puts a ViT-B/16 beside BERT-base with heads of `out_dim` (768, 768); BERT's sizes are those of
`BertBaseConfig` in google/flaxformer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.lit.pairs import TEXT, VOCABULARY
from benchbench.catalog.possible_sizes import check_counts, check_multiples

if TYPE_CHECKING:
    from torch import nn

LIT_B16B = {
    "image": 224,
    "patch": 16,
    "hidden": 768,
    "layers": 12,
    "heads": 12,
    "mlp": 3072,
    "text_hidden": 768,
    "text_layers": 12,
    "text_heads": 12,
    "text_mlp": 3072,
    "vocabulary": 30522,
    "positions": 512,
    "projection": 768,
}


def build(
    weights: Weights,
    *,
    seed: int,
    image: int | None = None,
    patch: int | None = None,
    hidden: int | None = None,
    layers: int | None = None,
    heads: int | None = None,
    mlp: int | None = None,
    text_hidden: int | None = None,
    text_layers: int | None = None,
    text_heads: int | None = None,
    text_mlp: int | None = None,
    vocabulary: int | None = None,
    positions: int | None = None,
    projection: int | None = None,
) -> nn.Module:
    """A VisionTextDualEncoderModel in float32 and eval mode: `model(pixel_values=, input_ids=).logits_per_image`.

    None is the checkpoint's own size, or LiT-B16B's where weights are random; these have the original's heads: with a
    bias, straight on the class tokens. A folder of a stock VisionTextDualEncoder keeps what its tensors tell: poolers,
    and projections without a bias. `positions` is the longest text. Raises BadCheckpoint for a checkpoint that does
    not fit; ValueError for what cannot be built.
    """
    from benchbench.catalog.families.lit.model import make

    settings = {
        "image": image,
        "patch": patch,
        "hidden": hidden,
        "layers": layers,
        "heads": heads,
        "mlp": mlp,
        "text_hidden": text_hidden,
        "text_layers": text_layers,
        "text_heads": text_heads,
        "text_mlp": text_mlp,
        "vocabulary": vocabulary,
        "positions": positions,
        "projection": projection,
    }
    return make(weights, seed, {name: value for name, value in settings.items() if value is not None})


def sizes(settings: Mapping[str, int]) -> dict[str, int]:
    """All sizes, those not named as in LiT-B16B. Raises ValueError for impossible ones."""
    found = {**LIT_B16B, **settings}
    check(found)
    return found


def check(found: Mapping[str, int]) -> None:
    """Raises ValueError, saying the arithmetic, for sizes of which no model can be built."""
    check_counts(found, LIT_B16B)
    rules = (
        ("hidden", "heads", "cannot be split into {} heads"),
        ("text_hidden", "text_heads", "cannot be split into {} heads"),
        ("image", "patch", "is no multiple of the patch {}"),
    )
    check_multiples(found, rules)
    for name, least in (("positions", TEXT), ("vocabulary", VOCABULARY)):
        if found[name] < least:
            raise ValueError(f"{name} {found[name]} must be at least {least}")


def config_of(found: Mapping[str, int]) -> dict[str, Any]:
    """The sizes as the keys of a VisionTextDualEncoderConfig. Flax's GELU, in both towers, is the one by tanh."""
    return {
        "projection_dim": found["projection"],
        "logit_scale_init_value": 0.0,
        "vision_config": {
            "model_type": "vit",
            "hidden_size": found["hidden"],
            "num_hidden_layers": found["layers"],
            "num_attention_heads": found["heads"],
            "intermediate_size": found["mlp"],
            "image_size": found["image"],
            "patch_size": found["patch"],
            "hidden_act": "gelu_pytorch_tanh",
            "layer_norm_eps": 1e-6,
        },
        "text_config": {
            "model_type": "bert",
            "hidden_size": found["text_hidden"],
            "num_hidden_layers": found["text_layers"],
            "num_attention_heads": found["text_heads"],
            "intermediate_size": found["text_mlp"],
            "vocab_size": found["vocabulary"],
            "max_position_embeddings": found["positions"],
            "hidden_act": "gelu_pytorch_tanh",
            "layer_norm_eps": 1e-12,
        },
    }


def sizes_of(config: Any) -> dict[str, int]:
    """The way back: the sizes that a VisionTextDualEncoderConfig holds."""
    vision, text = config.vision_config, config.text_config
    return {
        "image": vision.image_size,
        "patch": vision.patch_size,
        "hidden": vision.hidden_size,
        "layers": vision.num_hidden_layers,
        "heads": vision.num_attention_heads,
        "mlp": vision.intermediate_size,
        "text_hidden": text.hidden_size,
        "text_layers": text.num_hidden_layers,
        "text_heads": text.num_attention_heads,
        "text_mlp": text.intermediate_size,
        "vocabulary": text.vocab_size,
        "positions": text.max_position_embeddings,
        "projection": config.projection_dim,
    }
