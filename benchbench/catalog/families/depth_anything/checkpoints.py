"""Where Depth Anything's weights may be, and under which names."""

from __future__ import annotations

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Weights

STAND_IN = checkpoints.STAND_INS / "depth_anything"
REVISIONS = ("main",)
_SIZES = {"Small": "vits", "Base": "vitb", "Large": "vitl"}
_METRIC = {"Indoor": ("hypersim", 20), "Outdoor": ("vkitti", 80)}
ALIASES = {
    f"depth-anything/Depth-Anything-V2-{size}-hf": (f"depth_anything_v2_{encoder}.pth",)
    for size, encoder in _SIZES.items()
} | {
    f"depth-anything/Depth-Anything-V2-Metric-{place}-{size}-hf": (f"depth_anything_v2_metric_{data}_{encoder}.pth",)
    for place, (data, _) in _METRIC.items()
    for size, encoder in _SIZES.items()
}


def locate(checkpoint: str) -> Weights | Absent:
    """See `benchbench.catalog.checkpoints.locate`."""
    return checkpoints.locate(checkpoint, stand_in=STAND_IN, revisions=REVISIONS, aliases=ALIASES)


def published_range(file: str) -> int | None:
    """The range in metres of a metric checkpoint of the original layout, which tells it by its name alone."""
    ranges = (metres for data, metres in _METRIC.values() if f"metric_{data}" in file)
    return next(ranges, None)
