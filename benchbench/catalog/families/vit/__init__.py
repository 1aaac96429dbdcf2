"""The Vision Transformer (Dosovitskiy et al., arXiv 2010.11929), its hybrids, and DeiT (arXiv 2012.12877).

Nothing here loads torch until a model is built or an image prepared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Absent, Inputs, Sample, Task, Weights
from benchbench.catalog.depth.images import collate, example
from benchbench.catalog.families.vit.architecture import build
from benchbench.catalog.families.vit.checkpoints import locate
from benchbench.catalog.families.vit.images import prepare
from benchbench.catalog.formulas.rows import Arrays

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Anatomy


class Vit:
    """The catalog's entry; each method is written where its module's name says."""

    name = "vit"
    title = "Vision Transformer"
    task: Task = "classification"
    version = 1
    build = staticmethod(build)
    prepare = staticmethod(prepare)

    def locate(self, checkpoint: str) -> Weights | Absent:
        return locate(checkpoint)

    def anatomy(self, model: nn.Module) -> Anatomy:
        from benchbench.catalog.families.vit.anatomy import anatomy

        return anatomy(model)

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return collate(images)

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        return example(batch, height, width, seed)

    def write_original(self, model: nn.Module, path: Path) -> None:
        from benchbench.catalog.families.vit.original import write

        write(model, path)

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        from benchbench.catalog.families.vit.classes import targets

        return targets(samples, model)

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:  # noqa: ARG002
        from benchbench.catalog.families.vit.loss import loss

        return loss(outputs, targets)

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        from benchbench.catalog.families.vit.loss import imitation

        return imitation(outputs, taught)

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:  # noqa: ARG002
        from benchbench.catalog.families.vit.classes import predict

        return predict(outputs, sizes)


FAMILY = Vit()
