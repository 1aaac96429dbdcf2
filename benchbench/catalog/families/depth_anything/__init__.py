"""Depth Anything V2 (Yang et al., arXiv 2406.09414) on the transformers implementation.

Nothing here loads torch until a model is built or an image prepared.
"""

from __future__ import annotations

from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.depth.family import DepthFamily
from benchbench.catalog.families.depth_anything.architecture import build
from benchbench.catalog.families.depth_anything.checkpoints import locate


class DepthAnything(DepthFamily):
    """The catalog's entry."""

    name = "depth-anything"
    title = "Depth Anything V2"
    version = 1
    build = staticmethod(build)

    def locate(self, checkpoint: str) -> Weights | Absent:
        return locate(checkpoint)


FAMILY = DepthAnything()
