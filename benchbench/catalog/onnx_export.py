"""A model's forward pass as an ONNX file.

PyTorch's older exporter, which traces, comes first: it takes 0.1 to 4 s where the newer one (dynamo) takes 2 to 37 s,
and what both write runs alike. The newer one is tried where the older one cannot go on. A trace may hold a number that
should follow its input, so that whoever uses the file compares its outputs with the model's.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from benchbench.catalog.contracts import Absent, Inputs
from benchbench.catalog.model_outputs import output_names, output_of
from benchbench.errors import CannotRun

if TYPE_CHECKING:
    from torch import nn

OPSET = 18
LARGEST = 2**31 - 2**27
"""Bytes of weights that one protobuf may hold with its graph; larger ones go into a file `NAME.onnx.data` beside it."""
REMEDY = 'pip install "benchbench[onnx]"'
_OPERATOR = re.compile(r"\b(?:aten|prim|quantized|torchao|torchvision|onnx)(?:::|\.)\w+(?:\.\w+)?")

Exporter = Literal["torchscript", "dynamo"]
Axes = Mapping[str, Sequence[int]]
"""Of each input, the axes whose size stays free."""


@dataclass(frozen=True)
class Exported:
    """An ONNX file, and what it was written by."""

    path: Path
    exporter: Exporter
    opset: int
    outputs: tuple[str, ...]


def missing() -> Absent | None:
    """What an export lacks here, looked for without importing it."""
    lacks = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    return Absent(f"{' and '.join(lacks)}: not installed", REMEDY) if lacks else None


def export(model: nn.Module, inputs: Inputs, path: Path, *, outputs: Sequence[str] = ()) -> Path:
    """Write the forward pass on keyword inputs with a free batch axis; see `exported`."""
    return exported(model, inputs, path, outputs=outputs).path


def exported(
    model: nn.Module, inputs: Inputs, path: Path, *, outputs: Sequence[str] = (), free: Axes | None = None
) -> Exported:
    """Write the forward pass of a model in eval mode on keyword inputs, whole or not at all, and check the file.

    The graph's inputs are named as the keywords, its outputs as the attributes of the model's output: those named, else
    those that predictions are made of (see `output_names`). By default the first axis of every
    input is free, as far as the exporter manages that. Raises CannotRun naming the operator that has no ONNX form.
    """
    import torch

    lack = missing()
    if lack is not None:
        raise CannotRun(f"cannot export to ONNX: {lack.reason}", lack.remedy)
    free = {name: (0,) for name in inputs} if free is None else free
    with _quiet(), torch.inference_mode(False), torch.no_grad():
        # What was made in inference mode cannot be traced; a copy made here can.
        given = {name: tensor.clone() for name, tensor in inputs.items()}
        named = tuple(outputs) or output_names(model(**given))
        forward = _forward(model, tuple(given), named)
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            part = Path(folder) / path.name
            exporter = _written(forward, given, named, free, part)
            opset = _settled(part, sum(each.nbytes for each in (*model.parameters(), *model.buffers())))
            for file in sorted(Path(folder).iterdir(), reverse=True):
                file.replace(path.parent / file.name)
    return Exported(path, exporter, opset, named)


def _forward(model: nn.Module, inputs: Sequence[str], outputs: Sequence[str]) -> nn.Module:
    """The model as exporters take it: positional tensors to a tuple of tensors."""
    from torch import nn

    class Forward(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> tuple[Any, ...]:
            output = self.model(**dict(zip(inputs, tensors, strict=True)))
            return tuple(output_of(output, name) for name in outputs)

    return Forward().train(model.training)


def _written(forward: nn.Module, inputs: Inputs, outputs: Sequence[str], free: Axes, path: Path) -> Exporter:
    """Write by the older exporter, else by the newer one. Raises CannotRun with what the older one had against it."""
    try:
        _trace(forward, inputs, outputs, free, path)
        return "torchscript"
    except Exception as error:
        for file in path.parent.iterdir():
            file.unlink()
        try:
            _capture(forward, inputs, outputs, free, path)
            return "dynamo"
        except Exception as second:
            raise refused(error, second) from error


def _trace(forward: nn.Module, inputs: Inputs, outputs: Sequence[str], free: Axes, path: Path) -> None:
    import torch

    sizes = any(axis for axes in free.values() for axis in axes)
    shown = {name: _axes(name, axes) for name, axes in free.items()}
    results = forward(*inputs.values()) if sizes else ()
    shown |= {name: {0: "batch"} for name in outputs} if any(0 in axes for axes in free.values()) else {}
    shown |= {name: _axes(name, range(each.dim())) for name, each in zip(outputs, results, strict=False)}
    torch.onnx.export(
        forward,
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes=shown,
        opset_version=OPSET,
        dynamo=False,
    )


def _axes(name: str, axes: Sequence[int]) -> dict[int, str]:
    return {axis: f"{name}_{axis}" if axis else "batch" for axis in axes}


def _capture(forward: nn.Module, inputs: Inputs, outputs: Sequence[str], free: Axes, path: Path) -> None:
    import torch

    shapes = tuple({axis: torch.export.Dim.AUTO for axis in free.get(name, ())} for name in inputs)
    torch.onnx.export(
        forward,
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=(shapes,),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
        external_data=False,
    )


def _settled(path: Path, weights: int) -> int:
    """Check the file, put weights that are too many for it into one beside it, and tell its opset."""
    import onnx

    if weights > LARGEST:
        whole = onnx.load(str(path))
        for file in path.parent.iterdir():
            file.unlink()
        onnx.save(whole, str(path), save_as_external_data=True, location=f"{path.name}.data")
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(str(path), load_external_data=False)
    return max(int(each.version) for each in graph.opset_import if each.domain in ("", "ai.onnx"))


def refused(*errors: Exception) -> CannotRun:
    """What no exporter can write: the operator, where one of them names it."""
    for error in errors:
        operator = _OPERATOR.search(str(error))
        if operator:
            what = f"the operator {operator[0].replace('.', '::', 1)} cannot be exported to ONNX (opset {OPSET})"
            return CannotRun(what, "measure it in another runtime: `runtime: eager` or `runtime: compiled`")
    first = str(errors[0]).strip().splitlines() or [""]
    return CannotRun(f"cannot be exported to ONNX: {type(errors[0]).__name__}: {first[0]}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Exporters warn of what is checked here anyway (constants in a trace), of themselves, and of what is not there."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "torch.fx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
