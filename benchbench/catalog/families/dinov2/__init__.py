"""DINOv2 (Oquab et al., arXiv 2304.07193) as the encoder of a depth model, under a head that has learned nothing yet.

Nothing here loads torch until a model is built or an image prepared.
"""

from __future__ import annotations

from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.depth.family import DepthFamily
from benchbench.catalog.families.dinov2.architecture import build
from benchbench.catalog.families.dinov2.checkpoints import locate


class Dinov2(DepthFamily):
    """The catalog's entry."""

    name = "dinov2"
    title = "DINOv2 with a depth head"
    version = 1
    build = staticmethod(build)

    def locate(self, checkpoint: str) -> Weights | Absent:
        return locate(checkpoint)


FAMILY = Dinov2()
