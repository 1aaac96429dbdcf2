"""The sizes of a Vision Transformer: the settings a suite may name, and the transformers config they make.

Those with a name are of vit_jax/configs/models.py of google-research/vision_transformer (c6de1e53); DeiT (arXiv
2012.12877) has the same under the names tiny, small and base.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from benchbench.catalog.contracts import Weights
from benchbench.catalog.possible_sizes import check_counts, check_multiples

if TYPE_CHECKING:
    from torch import nn

Size = Literal["ti16", "s16", "b16", "l16", "s32", "b32", "l32", "r-ti16", "r26-s32", "r50-l32"]

_WIDTHS: dict[str, dict[str, int]] = {
    "ti": {"hidden": 192, "layers": 12, "heads": 3, "mlp": 768},
    "s": {"hidden": 384, "layers": 12, "heads": 6, "mlp": 1536},
    "b": {"hidden": 768, "layers": 12, "heads": 12, "mlp": 3072},
    "l": {"hidden": 1024, "layers": 24, "heads": 16, "mlp": 4096},
}
SIZES: dict[str, dict[str, int]] = {
    f"{width}{patch}": {**_WIDTHS[width], "patch": patch}
    for width, patch in (("ti", 16), ("s", 16), ("b", 16), ("l", 16), ("s", 32), ("b", 32), ("l", 32))
}
DEFAULT: dict[str, Any] = {"classes": 1000, "image": 384, "distilled": False}
COUNTS = ("hidden", "layers", "heads", "mlp", "patch", "classes", "image")


def build(
    weights: Weights,
    *,
    seed: int,
    size: Size | None = None,
    classes: int | None = None,
    image: int | None = None,
    hidden: int | None = None,
    layers: int | None = None,
    heads: int | None = None,
    mlp: int | None = None,
    patch: int | None = None,
    distilled: bool | None = None,
) -> nn.Module:
    """A ViTForImageClassification in float32 and eval mode; a `distilled` one (DeiT) has a second token and head.

    Sizes that begin with "r" are the original's hybrids with a ResNet. None is the checkpoint's own size; where
    weights are random that of B/16 with 1000 classes at 384 pixels, and an `mlp` that is not named goes with a named
    `hidden`, four times as wide. With an `image` other than the checkpoint's, position embeddings are resampled as the
    original does for fine-tuning; `distilled` gives a checkpoint without the second token one, which begins as a copy
    of the class token with its head, to be trained; everything else that is named must be so in the checkpoint. Raises
    BadCheckpoint for one that does not fit; ValueError for sizes that cannot be built.
    """
    from benchbench.catalog.families.vit.model import make

    settings = {
        "size": size,
        "classes": classes,
        "image": image,
        "hidden": hidden,
        "layers": layers,
        "heads": heads,
        "mlp": mlp,
        "patch": patch,
        "distilled": distilled,
    }
    return make(weights, seed, {name: value for name, value in settings.items() if value is not None})


def is_hybrid(settings: Mapping[str, Any]) -> bool:
    """Whether settings name a ResNet under the encoder."""
    return str(settings.get("size", "")).startswith("r")


def named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes that settings fix: those named, and those of the size they name. Raises ValueError."""
    size = settings.get("size")
    own = {name: value for name, value in settings.items() if name != "size"}
    if "hidden" in own and size is not None:
        own.setdefault("mlp", 4 * own["hidden"])
    if size is None:
        return own
    if size not in SIZES:
        raise ValueError(f"unknown size '{size}'; known: {', '.join(SIZES)}")
    return {**SIZES[size], **own}


def sizes(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All sizes of an architecture, those not named as in `build`. Raises ValueError for impossible ones."""
    found = {**DEFAULT, **named({"size": "b16", **settings})}
    check(found)
    return found


def check(found: Mapping[str, Any]) -> None:
    """Raises ValueError, saying the arithmetic, for sizes of which no Vision Transformer can be built."""
    check_counts(found, COUNTS)
    rules = (
        ("hidden", "heads", "cannot be split into {} heads"),
        ("image", "patch", "is no multiple of the patch {}"),
    )
    check_multiples(found, rules)


def config_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The sizes as the keys of a transformers ViTConfig or DeiTConfig.

    Flax's GELU, which the original computes with, is the one by tanh; DeiT's is exact. Both norms add 1e-6.
    """
    return {
        "model_type": "deit" if found["distilled"] else "vit",
        "hidden_size": found["hidden"],
        "num_hidden_layers": found["layers"],
        "num_attention_heads": found["heads"],
        "intermediate_size": found["mlp"],
        "patch_size": found["patch"],
        "image_size": found["image"],
        "num_labels": found["classes"],
        "hidden_act": "gelu" if found["distilled"] else "gelu_pytorch_tanh",
        "layer_norm_eps": 1e-6,
    }


def sizes_of(config: Any) -> dict[str, Any]:
    """The way back: the sizes a ViTConfig or DeiTConfig holds. Raises ValueError for images that are no squares."""
    return {
        "hidden": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "mlp": config.intermediate_size,
        "patch": _side(config.patch_size),
        "image": _side(config.image_size),
        "classes": config.num_labels,
        "distilled": config.model_type == "deit",
    }


def _side(size: Any) -> int:
    if not isinstance(size, int):
        raise ValueError(f"patches and images must be squares, given by one side: {size}")
    return size
