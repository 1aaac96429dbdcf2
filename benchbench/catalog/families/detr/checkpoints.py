"""Where DETR's weights may be, and under which names."""

from __future__ import annotations

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Weights

STAND_IN = checkpoints.STAND_INS / "detr"
REVISIONS = ("no_timm", "main")
"""The revision without timm's backbone names comes first."""
ALIASES = {
    "facebook/detr-resnet-50": ("detr-r50-e632da11.pth",),
    "facebook/detr-resnet-101": ("detr-r101-2c7b67e5.pth",),
}


def locate(checkpoint: str) -> Weights | Absent:
    """See `benchbench.catalog.checkpoints.locate`."""
    return checkpoints.locate(checkpoint, stand_in=STAND_IN, revisions=REVISIONS, aliases=ALIASES)
