"""DETR (Carion et al., arXiv 2005.12872) on the transformers implementation, with a ResNet backbone.

Nothing here loads torch until a model is built or an image prepared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Absent, Inputs, Sample, Task, Weights
from benchbench.catalog.families.detr.architecture import build
from benchbench.catalog.families.detr.checkpoints import locate
from benchbench.catalog.families.detr.images import collate, example, prepare
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import CannotRun

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Anatomy


class Detr:
    """The catalog's entry; each method is written where its module's name says."""

    name = "detr"
    title = "DETR"
    task: Task = "detection"
    version = 1
    build = staticmethod(build)
    prepare = staticmethod(prepare)

    def locate(self, checkpoint: str) -> Weights | Absent:
        return locate(checkpoint)

    def anatomy(self, model: nn.Module) -> Anatomy:
        from benchbench.catalog.families.detr.anatomy import anatomy

        return anatomy(model)

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return collate(images)

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        return example(batch, height, width, seed)

    def write_original(self, model: nn.Module, path: Path) -> None:
        del model, path
        raise CannotRun("nobody writes this family in its original layout", "export it as safetensors or onnx")

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        from benchbench.catalog.families.detr.detections import targets

        return targets(samples, model)

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        from benchbench.catalog.families.detr.loss import loss

        return loss(model, outputs, targets)

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        from benchbench.catalog.families.detr.loss import imitation

        return imitation(outputs, taught)

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
        from benchbench.catalog.families.detr.detections import predict

        return predict(model, outputs, sizes)


FAMILY = Detr()
