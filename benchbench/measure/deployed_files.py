"""The files of an exported model, one function for each format: write, open again, compare."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Inputs
from benchbench.catalog.model_outputs import output_names, output_of
from benchbench.catalog.onnx_export import exported
from benchbench.catalog.onnx_file import examine
from benchbench.catalog.onnx_session import session
from benchbench.errors import BenchbenchError, CannotRun
from benchbench.measure import reopened
from benchbench.measure.deployment import TOLERANCES, Axes, Deployment, Written

CHANNELS = 1


def write(deployment: Deployment) -> Written:
    """Write the file that the export asks for, with what loads it again. Raises CannotRun."""
    writers: dict[str, Callable[[Deployment], Written]] = {
        "onnx": _onnx,
        "safetensors": _safetensors,
        "torch-export": _program,
    }
    return writers[deployment.export.format](deployment)


def _onnx(deployment: Deployment) -> Written:
    """The most of free axes that hold: a trace may keep a number that should follow its input."""
    threads = torch.get_num_threads()
    for axes in _freedoms(deployment.inputs):
        told = exported(deployment.subject.model, deployment.inputs, deployment.path, free=axes)
        call = session(deployment.path, threads)
        if _holds(deployment, call, axes):
            deviation = deployment.confirmed(call)
            break
    notes = [f"written by PyTorch's {told.exporter} exporter, opset {told.opset}"]
    if deployment.converted is not None:
        notes.append(f"before its weights became int8 it was {deviation:.1e} from eager")
        call, deviation = _converted(deployment, threads)
    outputs = {name: output_of(call(**deployment.inputs), name) for name in call.outputs}
    beside = examine(deployment.path).beside
    return Written(outputs, deviation, tuple(notes), axes, beside)


def _freedoms(inputs: Inputs) -> Iterator[Axes]:
    yield {name: tuple(axis for axis in range(each.dim()) if _is_free(axis, each)) for name, each in inputs.items()}
    yield dict.fromkeys(inputs, (0,))
    yield dict.fromkeys(inputs, ())


def _is_free(axis: int, tensor: Tensor) -> bool:
    return axis != CHANNELS or tensor.dim() < 4


def _holds(deployment: Deployment, call: Callable[..., Any], axes: Axes) -> bool:
    """Whether the file computes what the model does at other sizes along these axes, too."""
    if not any(axes.values()):
        return True
    try:
        found = max(deployment.deviation(call, inputs) for inputs in deployment.others(axes))
    except Exception:
        # The model itself may refuse other sizes: then these axes are not free.
        return False
    return found <= TOLERANCES[deployment.export.format]


def _converted(deployment: Deployment, threads: int) -> tuple[Any, float]:
    """The file with int8 weights as the step declares it, opened, and how far that is from the eager model."""
    from benchbench.catalog.quantisation.onnx import quantised

    calibrate = deployment.subject.calibrate
    batches = None if calibrate is None else lambda: [each.inputs for each in calibrate()]
    assert deployment.converted is not None
    quantised(deployment.path, deployment.converted, batches).replace(deployment.path)
    call = session(deployment.path, threads)
    return call, max(deployment.deviation(call, inputs) for inputs in (deployment.inputs, deployment.example(1)))


def _program(deployment: Deployment) -> Written:
    """A program of fixed sizes: it holds a guard for each of them."""
    _refuse_converted(deployment)
    names = output_names(_called(deployment.subject.model, deployment.inputs))
    try:
        with torch.no_grad():
            program = torch.export.export(_Named(deployment.subject.model, names), (), dict(deployment.inputs))
            torch.export.save(program, deployment.path)
    except Exception as error:
        first = (str(error).strip().splitlines() or [""])[0]
        raise CannotRun(f"torch.export cannot take it: {type(error).__name__}: {first}", "try --to onnx") from error
    call = torch.export.load(deployment.path).module()
    return Written(deployment.eager(deployment.inputs), deployment.confirmed(call))


def _called(model: nn.Module, inputs: Inputs) -> Any:
    with torch.no_grad():
        return model(**inputs)


class _Named(nn.Module):
    """A model whose outputs are a plain dict of tensors, which anybody's PyTorch can load."""

    def __init__(self, model: nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self.model, self._names = model, tuple(names)

    def forward(self, **inputs: Tensor) -> dict[str, Tensor]:
        found = self.model(**inputs)
        return {name: output_of(found, name) for name in self._names}


def _safetensors(deployment: Deployment) -> Written:
    _refuse_converted(deployment)
    trial, subject, folder = deployment.trial, deployment.subject, deployment.export.folder
    named = {**trial.scale.architecture, **trial.variant.architecture}
    architecture = {name.replace("-", "_"): value for name, value in named.items()}
    reopened.write(subject, folder, deployment.weights, architecture)
    try:
        again = reopened.read(folder, deployment.workshop.family, deployment.workshop.shelves.steps)
    except BenchbenchError as error:
        raise CannotRun(f"it cannot be opened again: {error.what}", error.hint) from error
    deviation = deployment.confirmed(again.model)
    return Written(deployment.eager(deployment.inputs), deviation, stock=_stock_config(deployment))


def _stock_config(deployment: Deployment) -> bool:
    """Leave a config.json with which transformers opens the folder by itself, where the model is such a one."""
    folder = deployment.export.folder
    model: Any = deployment.subject.model
    kind: Any = type(model)
    if not kind.__module__.startswith("transformers."):
        return False
    config = copy.deepcopy(model.config)
    config.architectures = [kind.__name__]
    config.save_pretrained(folder)
    try:
        again = kind.from_pretrained(folder, local_files_only=True).eval()
        same = deployment.deviation(again, deployment.inputs) == 0
    except Exception:
        same = False
    if not same:
        (folder / reopened.CONFIG).unlink(missing_ok=True)
    return same


def _refuse_converted(deployment: Deployment) -> None:
    """Raises CannotRun for int8 weights that ONNX Runtime makes: only a file of ONNX can hold them."""
    if deployment.converted is not None:
        raise CannotRun("its int8 weights are made in an ONNX file", "export it with --to onnx")
