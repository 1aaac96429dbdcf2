"""An ONNX file as a call: keyword tensors to an object with a tensor for each of the graph's outputs."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchbench.catalog.contracts import Absent
from benchbench.catalog.onnx_export import REMEDY
from benchbench.errors import CannotRun

QUIET = 4
"""Fatal alone: whatever a run has against its input is raised as well."""
PROVIDER = "*onnxruntime_providers_cuda.*"
_OPERATOR = re.compile(r"implementation for (\S+?)\(")


def missing() -> Absent | None:
    """What a session lacks here, looked for without importing it."""
    return None if find_spec("onnxruntime") else Absent("onnxruntime: not installed", REMEDY)


def lacks(device: str) -> Absent | None:
    """The provider of a GPU, looked for as the file that it comes in."""
    spec = find_spec("onnxruntime")
    if not device.startswith("cuda") or spec is None or spec.origin is None:
        return None
    if any((Path(spec.origin).parent / "capi").glob(PROVIDER)):
        return None
    return Absent("this ONNX Runtime has no provider for GPUs (CUDAExecutionProvider)", "pip install onnxruntime-gpu")


class Session:
    """`session(**tensors)`: what ONNX Runtime computes, under the names of the graph's outputs.

    On the CPU nothing is copied: arrays share the memory of tensors both ways. Tensors that the graph does not take are
    left out. Raises CannotRun for what ONNX Runtime has against the file or an input.
    """

    def __init__(self, path: Path, threads: int, device: str = "cpu") -> None:
        self._session = opened(path, threads, device)
        self._device = device
        self.inputs = tuple(each.name for each in self._session.get_inputs())
        self.outputs = tuple(each.name for each in self._session.get_outputs())

    def __call__(self, **inputs: Any) -> SimpleNamespace:
        try:
            found = self._bound(inputs) if self._device.startswith("cuda") else self._run(inputs)
        except Exception as error:
            raise CannotRun(f"ONNX Runtime: {_first_line(error)}") from error
        return SimpleNamespace(**dict(zip(self.outputs, found, strict=True)))

    def _run(self, inputs: Any) -> list[Any]:
        import torch

        arrays = {name: inputs[name].detach().numpy() for name in self.inputs}
        return [torch.from_numpy(array) for array in self._session.run(None, arrays)]

    def _bound(self, inputs: Any) -> list[Any]:
        """Inputs and outputs stay in the device's memory."""
        import torch
        from torch.utils.dlpack import from_dlpack

        binding, kept = self._session.io_binding(), [inputs[name].detach().contiguous() for name in self.inputs]
        if kept[0].is_cuda:
            torch.cuda.synchronize(kept[0].device)
        for name, tensor in zip(self.inputs, kept, strict=True):
            kind = str(tensor.dtype).removeprefix("torch.")
            place = (tensor.device.type, tensor.device.index or 0)
            binding.bind_input(name, *place, kind, tuple(tensor.shape), tensor.data_ptr())
        for name in self.outputs:
            binding.bind_output(name, kept[0].device.type, kept[0].device.index or 0)
        self._session.run_with_iobinding(binding)
        return [from_dlpack(each._ortvalue.to_dlpack()) for each in binding.get_outputs()]


def session(path: Path, threads: int, device: str = "cpu") -> Session:
    """Open an ONNX file with so many threads within an operator, at least 1. Raises CannotRun."""
    return Session(path, threads, device)


def opened(path: Path, threads: int, device: str) -> Any:
    """ONNX Runtime's own session. Raises CannotRun naming an operator that it lacks."""
    lack = missing()
    if lack is not None:
        raise CannotRun(f"cannot run ONNX: {lack.reason}", lack.remedy)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = max(1, threads), 1
    options.log_severity_level = QUIET
    # Threads that spin after a run would take the processor from whoever is timed next.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    providers = _providers(device, onnxruntime.get_available_providers())
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        operator = _OPERATOR.search(str(error))
        named = f"it has no {operator[1]}: " if operator else ""
        raise CannotRun(f"ONNX Runtime cannot open {path.name}: {named}{_first_line(error)}") from error


def _providers(device: str, available: list[str]) -> list[Any]:
    if not device.startswith("cuda"):
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in available:
        raise CannotRun(
            f"this ONNX Runtime has no provider for '{device}', only {', '.join(available)}",
            "pip install onnxruntime-gpu, or measure on cpu",
        )
    index = device.partition(":")[2] or "0"
    return [("CUDAExecutionProvider", {"device_id": index}), "CPUExecutionProvider"]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]
