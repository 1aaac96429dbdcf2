"""Where a Vision Transformer's weights may be, and under which names.

`vit_models/augreg-b16` is the file that google-research/vision_transformer recommends for B/16, fine-tuned on ImageNet
at 384 pixels, and `vit_models/augreg-b16-i21k` the one it was fine-tuned from, with a head for 21,843 classes.
"""

from __future__ import annotations

from dataclasses import replace

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Weights

STAND_INS = {name: checkpoints.STAND_INS / "vit" / name for name in ("ti", "s", "b")}
REVISIONS = ("main",)
BUCKET = "https://storage.googleapis.com/vit_models/augreg"

_PRETRAINED = {
    "ti16": ("Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0", "0.03"),
    "s16": ("S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03-do_0.0-sd_0.0", "0.03"),
    "b16": ("B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.0-sd_0.0", "0.03"),
    "l16": ("L_16-i21k-300ep-lr_0.001-aug_strong1-wd_0.1-do_0.0-sd_0.0", "0.01"),
    "s32": ("S_32-i21k-300ep-lr_0.001-aug_none-wd_0.1-do_0.0-sd_0.0", "0.01"),
    "b32": ("B_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0", "0.01"),
    "r-ti16": ("R_Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03-do_0.0-sd_0.0", "0.03"),
    "r26-s32": ("R26_S_32-i21k-300ep-lr_0.001-aug_light1-wd_0.1-do_0.0-sd_0.0", "0.01"),
    "r50-l32": ("R50_L_32-i21k-300ep-lr_0.001-aug_medium1-wd_0.1-do_0.1-sd_0.1", "0.01"),
}
"""The table of the README (c6de1e53): the pre-trained file, and the learning rate it was fine-tuned with."""

AUGREG = {f"vit_models/augreg-{size}-i21k": f"{name}.npz" for size, (name, _) in _PRETRAINED.items()} | {
    f"vit_models/augreg-{size}": f"{name}--imagenet2012-steps_20k-lr_{rate}-res_384.npz"
    for size, (name, rate) in _PRETRAINED.items()
}
ALIASES = {
    **{name: (file,) for name, file in AUGREG.items()},
    "google/vit-base-patch16-224": ("jx_vit_base_p16_224-80ecf9dd.pth",),
    "google/vit-base-patch16-384": ("jx_vit_base_p16_384-83fb41ba.pth", "imagenet21k+imagenet2012/ViT-B_16.npz"),
    "google/vit-base-patch32-384": ("jx_vit_base_p32_384-830016f5.pth", "imagenet21k+imagenet2012/ViT-B_32.npz"),
    "google/vit-large-patch16-224": ("jx_vit_large_p16_224-4ee7a4dc.pth",),
    "google/vit-large-patch16-384": ("jx_vit_large_p16_384-b3be5167.pth", "imagenet21k+imagenet2012/ViT-L_16.npz"),
    "google/vit-large-patch32-384": ("jx_vit_large_p32_384-9b920ba8.pth", "imagenet21k+imagenet2012/ViT-L_32.npz"),
    "facebook/deit-tiny-distilled-patch16-224": ("deit_tiny_distilled_patch16_224-b40b3cf7.pth",),
    "facebook/deit-small-distilled-patch16-224": ("deit_small_distilled_patch16_224-649709d9.pth",),
    "facebook/deit-base-distilled-patch16-224": ("deit_base_distilled_patch16_224-df68dfff.pth",),
    "facebook/deit-base-distilled-patch16-384": ("deit_base_distilled_patch16_384-d0272ac0.pth",),
}
"""Hugging Face's google/vit-* are the models of the first paper, without AugReg, as timm converted them."""


def locate(checkpoint: str) -> Weights | Absent:
    """See `benchbench.catalog.checkpoints.locate`; "stand-in/ti", "stand-in/s" and "stand-in/b" besides."""
    found = checkpoints.locate(
        checkpoint, stand_in=STAND_INS["s"], revisions=REVISIONS, aliases=ALIASES, stand_ins=STAND_INS
    )
    if isinstance(found, Absent) and checkpoint in AUGREG:
        where = f"set {checkpoints.VARIABLE} to its folder"
        return replace(found, remedy=f"download {BUCKET}/{AUGREG[checkpoint]} and {where}")
    return found
