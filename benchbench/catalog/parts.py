"""Finding a model's submodules by path, doubting that this version of a library still keeps them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from benchbench.errors import BenchbenchError

if TYPE_CHECKING:
    from torch import nn

Part = TypeVar("Part", bound="nn.Module")


def part(module: nn.Module, path: str, kind: type[Part]) -> Part:
    """The submodule at a dotted path. Raises BenchbenchError if it is missing or not of this kind."""
    try:
        found = module.get_submodule(path)
    except AttributeError:
        found = None
    if not isinstance(found, kind):
        place = f"{type(module).__name__}.{path}"
        what = f"{place} is {'missing' if found is None else 'a ' + type(found).__name__}, expected {kind.__name__}"
        raise BenchbenchError(what, "this version of transformers builds it otherwise; tested with 5.23")
    return found
