"""Where DINOv2's weights may be, and under which names."""

from __future__ import annotations

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Weights

STAND_IN = checkpoints.STAND_INS / "dinov2"
REVISIONS = ("main",)
ALIASES = {
    f"facebook/dinov2-{size}": (f"dinov2_{encoder}14_pretrain.pth",)
    for size, encoder in (("small", "vits"), ("base", "vitb"), ("large", "vitl"))
}


def locate(checkpoint: str) -> Weights | Absent:
    """See `benchbench.catalog.checkpoints.locate`."""
    return checkpoints.locate(checkpoint, stand_in=STAND_IN, revisions=REVISIONS, aliases=ALIASES)
