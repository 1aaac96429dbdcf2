"""The hybrids of google-research/vision_transformer: a ResNet, or its root alone, under the encoder of a ViT.

Sizes are those of vit_jax/configs/models.py at commit c6de1e53, the computation that of vit_jax/models_vit.py. Its
comment on R+Ti/16 says that the stem halves once, "making /16 with 8x8 patches"; the max-pool halves again, so that
the true stride is 32: at 224 pixels there are 7 x 7 patches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.families.vit.resnet import GROUPS, ResNet

SIZES: dict[str, dict[str, Any]] = {
    "r-ti16": {"hidden": 192, "layers": 12, "heads": 3, "mlp": 768, "patch": 8, "stages": ()},
    "r26-s32": {"hidden": 384, "layers": 12, "heads": 6, "mlp": 1536, "patch": 1, "stages": (2, 2, 2, 2)},
    "r50-l32": {"hidden": 1024, "layers": 24, "heads": 16, "mlp": 4096, "patch": 1, "stages": (3, 4, 6, 3)},
}
"""`patch` is the side of a patch of the ResNet's output, `stages` the units of each of its stages."""

WIDTH = 64
"""Channels of the root."""


class Patches(nn.Module):
    """transformers' patch embedding, which insists on a number of channels, put behind channels that may be cut."""

    def __init__(self, embedding: Any) -> None:
        super().__init__()
        self.projection, self.patch_size = embedding.projection, embedding.patch_size

    def forward(self, grid: Tensor) -> Tensor:
        found: Tensor = self.projection(grid)
        return found.flatten(2).transpose(1, 2)


class Hybrid(nn.Module):
    """(n, 3, h, w) pixels to `logits` (n, classes).

    `vit` and `classifier` lie where ViTForImageClassification has them.
    `config` is a ViTConfig told from outside: `image_size` and `patch_size` in pixels of the image, and besides
    `resnet_stages`, `resnet_width` and `resnet_patch`.
    """

    def __init__(self, config: Any) -> None:
        from transformers import ViTConfig, ViTModel

        super().__init__()
        self.config = config
        self.resnet = ResNet(config.resnet_stages, config.resnet_width)
        inside = {
            **config.to_dict(),
            "num_channels": self.resnet.channels,
            "image_size": halved(config.image_size, self.resnet.halvings),
            "patch_size": config.resnet_patch,
        }
        self.vit = ViTModel(ViTConfig.from_dict(inside), add_pooling_layer=False)
        self.vit.embeddings.patch_embeddings = Patches(self.vit.embeddings.patch_embeddings)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        nn.init.normal_(self.classifier.weight, std=config.initializer_range)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, pixel_values: Tensor) -> Any:
        from transformers.modeling_outputs import ImageClassifierOutput

        tokens = self.vit(self.resnet(pixel_values)).last_hidden_state
        return ImageClassifierOutput(logits=self.classifier(tokens[:, 0]))


def hybrid(size: str, *, classes: int, image: int, seed: int = 0, **overrides: Any) -> nn.Module:
    """A hybrid with random weights, float32, eval mode, for square images of side `image`.

    `overrides` replace sizes: hidden, layers, heads, mlp, patch, stages, and width (the root's channels). Raises
    ValueError for an unknown size and for what cannot be built.
    """
    config = hybrid_config(size, classes=classes, image=image, **overrides)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Hybrid(config)
    return model.float().eval()


def hybrid_config(size: str, *, classes: int, image: int, **overrides: Any) -> Any:
    """The ViTConfig of a hybrid: see `Hybrid` and `hybrid`."""
    from transformers import ViTConfig

    if size not in SIZES:
        raise ValueError(f"unknown hybrid '{size}'; known: {', '.join(SIZES)}")
    found = {"width": WIDTH, **SIZES[size], **{name: each for name, each in overrides.items() if each is not None}}
    halvings = 2 + max(len(found["stages"]) - 1, 0)
    _check(found, halved(image, halvings))
    return ViTConfig(
        hidden_size=found["hidden"],
        num_hidden_layers=found["layers"],
        num_attention_heads=found["heads"],
        intermediate_size=found["mlp"],
        hidden_act="gelu_pytorch_tanh",  # what flax.linen.gelu computes
        layer_norm_eps=1e-6,
        image_size=image,
        patch_size=found["patch"] << halvings,
        num_labels=classes,
        resnet_stages=list(found["stages"]),
        resnet_width=found["width"],
        resnet_patch=found["patch"],
    )


def halved(side: int, times: int) -> int:
    """A side after so many convolutions of stride 2, each of which leaves half, rounded up."""
    return -(-side // (1 << times))


def _check(found: Mapping[str, Any], side: int) -> None:
    stages: Sequence[int] = found["stages"]
    if min((found[name] for name in ("hidden", "layers", "heads", "mlp", "patch", "width")), default=0) < 1:
        raise ValueError("hidden, layers, heads, mlp, patch and width must be at least 1")
    if found["width"] % GROUPS or min(stages, default=1) < 1:
        raise ValueError(f"a ResNet needs a width that is a multiple of {GROUPS}, its norm's groups, and whole stages")
    if found["hidden"] % found["heads"]:
        rest = found["hidden"] % found["heads"]
        raise ValueError(
            f"hidden {found['hidden']} cannot be split into {found['heads']} heads "
            f"({found['hidden']} mod {found['heads']} = {rest})"
        )
    if side < found["patch"]:
        raise ValueError(f"the ResNet leaves {side} x {side} of the image, less than one patch of {found['patch']}")
