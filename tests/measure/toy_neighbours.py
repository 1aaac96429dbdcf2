"""A toy whose output for an image depends on the others in its batch."""

from __future__ import annotations

from torch import Tensor, nn

from benchbench.catalog.contracts import Subject


class Mingled(nn.Module):
    """Mean colours (n, 3) to those less the mean over the batch: what is alone has nothing left."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, colours: Tensor) -> Tensor:
        out: Tensor = self.inner(colours - colours.mean(0, keepdim=True))
        return out


def mingle(subject: Subject) -> None:
    """Let an image's output depend on the others in its batch."""
    subject.model.first = Mingled(subject.model.get_submodule("first"))
    subject.surgery.append({"step": "mingle"})
