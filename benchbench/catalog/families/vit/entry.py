"""One array of a published .npz file, and the model's tensor that it is: the transforms between them, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Entry:
    """`tensor` has its axes put into the order of `axes` and is then given `shape`: that is the array, in float32.

    `path` is the tensor's name in the model's state.
    """

    path: str
    tensor: Tensor
    axes: tuple[int, ...]
    shape: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        """What is written."""
        found: NDArray[Any] = self.tensor.detach().cpu().float().permute(self.axes).reshape(self.shape).numpy()
        return found

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether an array of this shape is this one; files differ in the axes of length 1 of norms."""
        return _essential(shape) == _essential(self.shape)

    def read(self, array: NDArray[Any]) -> Tensor:
        """The tensor that an array is, in float32. Raises ValueError where its size is another."""
        turned = tuple(self.tensor.shape[axis] for axis in self.axes)
        back = [self.axes.index(axis) for axis in range(len(self.axes))]
        return torch.from_numpy(array.astype("float32", copy=False)).reshape(turned).permute(back).contiguous()


def _essential(shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(side for side in shape if side != 1)
