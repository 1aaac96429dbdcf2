"""What an ONNX file says of itself, read as data: inputs, outputs, weights, and the files beside it that it asks for.

Nothing is loaded of what lies outside of the file's own folder: a path in it that leads elsewhere is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from benchbench.catalog.onnx_export import REMEDY
from benchbench.errors import CannotRun

LARGEST = 2**31
"""Bytes of one protobuf; more weights than that lie in files beside it."""
Sizes = tuple[int | str, ...]
"""Of each axis, its size, or the name of one that is free."""


@dataclass(frozen=True)
class Stored:
    """What the file of a closed model holds: its weights, those of them that are not zero, and its size in bytes.

    `words` say what was counted, and what was not.
    """

    parameters: int
    nonzero: int
    nbytes: int
    words: str


@dataclass(frozen=True)
class Tensor:
    """An input or output of a graph: its name, the numpy name of its dtype, and its sizes."""

    name: str
    dtype: str
    sizes: Sizes


@dataclass(frozen=True)
class OnnxFile:
    """`beside` are the files of weights that the graph asks for, all in its own folder or below."""

    path: Path
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    beside: tuple[Path, ...]
    parameters: int

    @property
    def nbytes(self) -> int:
        return sum(each.stat().st_size for each in (self.path, *self.beside))


def examine(path: Path) -> OnnxFile:
    """Read the graph, not the weights beside it. Raises CannotRun for what is none or leads out of its folder."""
    state = path.stat()
    return _examined(path.absolute(), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=32)
def _examined(path: Path, size: int, _modified: int) -> OnnxFile:
    """Read once, as long as size and time of the file stay what they were."""
    if size > LARGEST:
        raise CannotRun(f"{path} is larger than the {LARGEST:,} bytes of a protobuf", "keep its weights beside it")
    model = _parsed(path)
    graph = model.graph
    if any(each.data_location == type(each).EXTERNAL for function in model.functions for each in _attached(function)):
        raise CannotRun(f"{path}: weights of a function lie beside it", "keep them in the file")
    weights = {each.name for each in graph.initializer}
    return OnnxFile(
        path=path,
        inputs=tuple(_tensor(each) for each in graph.input if each.name not in weights),
        outputs=tuple(_tensor(each) for each in graph.output),
        beside=tuple(sorted({_confined(path, each) for each in _outside(graph)})),
        parameters=sum(prod(each.dims) for each in graph.initializer if _is_weight(each)),
    )


def stored(file: OnnxFile) -> Stored:
    """Counts of a file's initialisers, read whole. Raises CannotRun where a part is damaged."""
    from onnx import numpy_helper

    nonzero, folder = 0, str(file.path.parent)
    for each in _parsed(file.path).graph.initializer:
        if _is_weight(each):
            try:
                nonzero += int((numpy_helper.to_array(each, folder) != 0).sum())
            except Exception as error:
                raise CannotRun(f"{file.path}: the weights of '{each.name}' cannot be read: {error}") from error
    words = (
        f"weights are the file's initialisers without whole numbers of 32 and 64 bits, after whatever an exporter "
        f"folded; file: ONNX, {file.nbytes} bytes; MiB is 2^20 bytes"
    )
    return Stored(file.parameters, nonzero, file.nbytes, words)


def _parsed(path: Path) -> Any:
    try:
        import onnx
    except ImportError as error:
        raise CannotRun("onnx: not installed", REMEDY) from error
    try:
        found = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise CannotRun(f"{path} is no ONNX file: {type(error).__name__}", "export it again") from error
    if not found.graph.output:
        raise CannotRun(f"{path} is no ONNX file: its graph has no output", "export it again")
    return found


def _tensor(value: Any) -> Tensor:
    from onnx import helper

    kind = value.type.tensor_type
    sizes = (each.dim_value if each.HasField("dim_value") else each.dim_param or "any" for each in kind.shape.dim)
    return Tensor(value.name, str(helper.tensor_dtype_to_np_dtype(kind.elem_type)), tuple(sizes))


def _is_weight(tensor: Any) -> bool:
    """Indices and shapes are no parameters: those are whole numbers of 32 and 64 bits, or truths."""
    kinds = type(tensor)
    return tensor.data_type not in (kinds.INT32, kinds.INT64, kinds.BOOL, kinds.STRING)


def _outside(graph: Any) -> Iterator[str]:
    """The places of weights beside the file, in the graph and in those that it holds."""
    for tensor in (*graph.initializer, *_dense(graph.sparse_initializer), *_attached(graph)):
        if tensor.data_location == type(tensor).EXTERNAL:
            yield next((each.value for each in tensor.external_data if each.key == "location"), "")
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _outside(inner)


def _attached(graph: Any) -> Iterator[Any]:
    """The tensors that nodes carry as attributes."""
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            yield from _dense((attribute.sparse_tensor, *attribute.sparse_tensors))


def _dense(sparse: Iterable[Any]) -> Iterator[Any]:
    """The tensors that sparse ones are made of."""
    for each in sparse:
        yield from (each.values, each.indices)


def _confined(path: Path, location: str) -> Path:
    """The file that a place means. Raises CannotRun where it lies outside of the folder, or is not there."""
    folder = path.parent.resolve()
    found = (folder / location).resolve()
    if not location or Path(location).is_absolute() or not found.is_relative_to(folder):
        raise CannotRun(f"{path} asks for '{location}', outside of its own folder", "its weights must lie beside it")
    if not found.is_file():
        raise CannotRun(f"{path} asks for '{location}', which is not there", "copy it with the file")
    return found
