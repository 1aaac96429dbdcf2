"""What every family of depth models does alike. Nothing here loads torch until an image is prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Inputs, Sample, Task
from benchbench.catalog.depth.images import collate, example, prepare
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import CannotRun

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Anatomy


class DepthFamily:
    """Pictures in, maps out: each method is written where its module's name says."""

    task: Task = "depth"
    prepare = staticmethod(prepare)

    def anatomy(self, model: nn.Module) -> Anatomy:
        from benchbench.catalog.depth.anatomy import anatomy

        return anatomy(model)

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return collate(images)

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        return example(batch, height, width, seed)

    def write_original(self, model: nn.Module, path: Path) -> None:
        del model, path
        raise CannotRun("nobody writes this family in its original layout", "export it as safetensors or onnx")

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:  # noqa: ARG002
        from benchbench.catalog.depth.maps import targets

        return targets(samples)

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        from benchbench.catalog.depth.loss import loss

        return loss(model, outputs, targets)

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        from benchbench.catalog.depth.loss import imitation

        return imitation(outputs, taught)

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:  # noqa: ARG002
        from benchbench.catalog.depth.maps import predict

        return predict(outputs, sizes)
