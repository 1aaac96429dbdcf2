"""LiT (Zhai et al., arXiv 2111.07991) on transformers' VisionTextDualEncoderModel: an image tower and a text tower.

Nothing here loads torch until a model is built or an image prepared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Inputs, Sample, Task, Weights
from benchbench.catalog.families.lit.architecture import build
from benchbench.catalog.families.lit.pairs import example, prepare
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import CannotRun, CannotTrain

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Anatomy


class Lit:
    """The catalog's entry. Its costs are measured; to tell classes apart it would need a prompt for each."""

    name = "lit"
    title = "LiT"
    task: Task = "classification"
    version = 1
    build = staticmethod(build)
    prepare = staticmethod(prepare)

    def locate(self, checkpoint: str) -> Weights | Absent:
        if checkpoint == "stand-in":
            return Absent("LiT has no stand-in", "declare `checkpoint: random`, or a VisionTextDualEncoder's folder")
        return checkpoints.locate(checkpoint, stand_in=Path(), revisions=("main",), aliases={})

    def anatomy(self, model: nn.Module) -> Anatomy:
        from benchbench.catalog.families.lit.anatomy import anatomy

        return anatomy(model)

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        del images
        raise unprompted()

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        return example(batch, height, width, seed)

    def write_original(self, model: nn.Module, path: Path) -> None:
        del model, path
        raise CannotRun("nobody writes this family in its original layout", "export it as safetensors or onnx")

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        del samples, model
        raise unprompted()

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        del model, outputs, targets
        raise CannotTrain("LiT learns from pairs of image and text, and no dataset here has texts", "train a vit")

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        del outputs, taught
        raise CannotTrain("LiT learns from pairs of image and text, and no dataset here has texts", "train a vit")

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
        del model, outputs, sizes
        raise unprompted()


def unprompted() -> CannotRun:
    """Why images alone cannot be scored."""
    return CannotRun(
        "LiT tells classes apart by texts about them, and no dataset here brings prompts and their tokenizer's words",
        "score a vit of the same image tower, or score predictions made elsewhere: benchbench score top1",
    )


FAMILY = Lit()
