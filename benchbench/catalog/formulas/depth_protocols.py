"""How predicted depth is put beside ground truth: every choice that papers differ in is a named field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import inf
from typing import Literal, TypedDict, Unpack, get_args

from benchbench.errors import BadData, UnknownName, nearest

Preset = Literal["issue-157", "v1-174", "metric", "zoedepth-nyu", "zoedepth-kitti"]
Space = Literal["depth", "disparity"]
Alignment = Literal["none", "median", "scale", "scale-shift"]
Crop = Literal["none", "eigen", "garg"]
Bounds = Literal["closed", "open"]
Clamp = Literal["none", "cap", "range"]
Average = Literal["image", "pixel"]
DEFAULT: Preset = "issue-157"


class Fields(TypedDict, total=False):
    """A preset and what stands in place of its fields; None leaves the preset's."""

    protocol: Preset
    space: Space | None
    alignment: Alignment | None
    fit: Space | None
    compare: Space | None
    cap: float | None
    floor: float | None
    bounds: Bounds | None
    clamp: Clamp | None
    crop: Crop | None
    average: Average | None
    silog_weight: float | None


@dataclass(frozen=True)
class Protocol:
    """Every field; docs/depth_protocols.md tells them at length. Raises BadData for fields that contradict each other.

    space: what the model's output is. alignment: what of it is fitted to each image's ground truth, where, `fit`.
    compare: where the numbers are made. cap, floor (m): ground truth beyond them does not count; `bounds` says whether
    they themselves do. clamp: whether predictions beyond the cap, or outside of the whole range, are drawn to it.
    silog_weight: of the squared mean in SIlog.
    """

    space: Space = "disparity"
    alignment: Alignment = "none"
    fit: Space = "disparity"
    compare: Space = "depth"
    cap: float = inf
    floor: float = 0.001
    bounds: Bounds = "closed"
    clamp: Clamp = "none"
    crop: Crop = "none"
    average: Average = "image"
    silog_weight: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.floor < self.cap:
            raise BadData(f"a floor of {self.floor:g} m and a cap of {self.cap:g} m", "0 < floor < cap")
        if self.clamp != "none" and self.cap == inf:
            raise BadData(f"clamp '{self.clamp}' without a cap", "say the cap in metres, such as cap: 10")
        if not 0 <= self.silog_weight <= 1:
            raise BadData(f"a silog-weight of {self.silog_weight:g}", "0.5 and 1 are in use")

    @property
    def working(self) -> Space:
        """The space in which the prediction stands once it is aligned, before it is compared."""
        return self.space if self.alignment == "none" else self.fit

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Lowest and highest aligned prediction, in the working space; None where it is not clamped."""
        far = self.cap if self.clamp != "none" else None
        near = self.floor if self.clamp == "range" else None
        if self.working == "depth":
            return near, far
        return far and 1 / far, near and 1 / near


RELATIVE = Protocol(alignment="scale-shift")
NYU = Protocol(space="depth", cap=10.0, bounds="open", clamp="range", crop="eigen", silog_weight=1.0)
PRESETS: dict[Preset, Protocol] = {
    "issue-157": RELATIVE,
    "v1-174": replace(RELATIVE, compare="disparity"),
    "metric": Protocol(space="depth"),
    "zoedepth-nyu": NYU,
    "zoedepth-kitti": replace(NYU, cap=80.0, crop="garg"),
}
_ZOEDEPTH_SOURCE = "isl-org/ZoeDepth, d87f17b, zoedepth/utils/misc.py compute_metrics and config.py DATASETS_CONFIG"
SOURCES: dict[Preset, str] = {
    "issue-157": "DepthAnything/Depth-Anything-V2, issue 157: 1/depth = shift + scale * output (by the author)",
    "v1-174": "LiheYoung/Depth-Anything, issue 174: in the disparity space, without converting back (by the author)",
    "metric": "DepthAnything/Depth-Anything-V2, a561b84, metric_depth/util/metric.py and the loop of train.py",
    "zoedepth-nyu": _ZOEDEPTH_SOURCE,
    "zoedepth-kitti": _ZOEDEPTH_SOURCE,
}


@cache
def chosen(**fields: Unpack[Fields]) -> Protocol:
    """The preset with the fields named beside it in place of its own. Raises UnknownName for another preset."""
    preset = fields.get("protocol", DEFAULT)
    if preset not in PRESETS:
        raise UnknownName(f"unknown protocol '{preset}'", nearest(preset, get_args(Preset)))
    given = {name: value for name, value in fields.items() if name != "protocol" and value is not None}
    return replace(PRESETS[preset], **given)  # type: ignore[arg-type]  # the keys are those of Fields


def described(protocol: Protocol) -> str:
    """All fields in one line."""
    unit = "m" if protocol.compare == "depth" else "1/m"
    cap = "no cap" if protocol.cap == inf else f"cap {protocol.cap:g} m"
    return ", ".join(
        (
            f"output is {protocol.space}",
            f"alignment {protocol.alignment}" + (f" in {protocol.fit}" if protocol.alignment != "none" else ""),
            f"errors in {protocol.compare} (RMSE in {unit})",
            f"ground truth from {protocol.floor:g} m, {cap}, bounds {protocol.bounds}",
            f"clamp {protocol.clamp}",
            f"crop {protocol.crop}",
            f"mean over {protocol.average}s",
            f"SIlog with {protocol.silog_weight:g} of the squared mean",
        )
    )
