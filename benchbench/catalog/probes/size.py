"""How large the model is: parameters as exact integers, and the bytes of the file that is really written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.catalog.agreement import Agreeing
from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.errors import CannotRun
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.onnx_file import Stored

METRICS = (
    Metric("params", "parameters", "", "lower", 0, exact=True),
    Metric("params_paper", "parameters as the paper counts them", "", "lower", 0, exact=True),
    Metric("params_nonzero", "parameters that are not zero", "", "lower", 0, exact=True),
    Metric("file_mib", "file size", "MiB", "lower", 1, exact=True),
)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Counts parameters, frozen or not; buffers (frozen batch norms) are no parameters but are in the file."""
    del condition
    if subject.stored is not None:
        return _stored(subject.stored())
    named = dict(subject.model.named_parameters())
    left_out = _left_out(subject)
    counted = [tensor for name, tensor in named.items() if not (left_out and name.startswith(left_out))]
    size, words = _file(subject, inputs)
    paper = {} if left_out is None else {"params_paper": sum(tensor.numel() for tensor in counted)}
    values = {
        "params": sum(tensor.numel() for tensor in named.values()),
        **paper,
        "params_nonzero": sum(int(tensor.count_nonzero()) for tensor in named.values()),
        "file_mib": size / 2**20,
    }
    notes = [f"file: {words}; MiB is 2^20 bytes"]
    if left_out:
        notes.append(f"the paper's count leaves out {', '.join(left_out)}")
    return [Measurement(name, (float(value),)) for name, value in values.items()], notes


def _left_out(subject: Subject) -> tuple[str, ...] | None:
    """What a paper does not count; None for a model of others, whose inside nobody knows."""
    try:
        return subject.anatomy.uncounted
    except CannotRun:
        return None


def _stored(file: Stored) -> tuple[list[Measurement], list[str]]:
    """What a closed file holds; which of its weights a paper would count is not to be seen."""
    values = {"params": file.parameters, "params_nonzero": file.nonzero, "file_mib": file.nbytes / 2**20}
    return [Measurement(name, (float(value),)) for name, value in values.items()], [file.words]


def _file(subject: Subject, inputs: Inputs) -> tuple[int, str]:
    """Bytes and kind of the file that the subject's runtime reads; where it reads none, of the model's state."""
    running = subject.executable
    with tempfile.TemporaryDirectory() as folder:
        file = running.write(inputs, Path(folder)) if isinstance(running, Agreeing) else None
    if file is not None:
        return file.nbytes, f"{file.words}, {file.nbytes} bytes; parameters are those of the PyTorch model"
    size, dtypes = written(subject.model)
    return size, f"safetensors, {'/'.join(dtypes)}, {size} bytes, buffers included"


def written(model: nn.Module) -> tuple[int, list[str]]:
    """Bytes of the model's state as a safetensors file, and the dtypes in it; shared tensors are written once."""
    from safetensors.torch import save_file

    state: dict[str, Tensor] = {}
    seen: set[tuple[object, ...]] = set()
    for name, tensor in model.state_dict().items():
        place = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride())
        if tensor.numel() and place in seen:
            continue
        seen.add(place)
        state[name] = tensor.detach().cpu().contiguous()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_file(state, path)
        size = path.stat().st_size
    return size, sorted({str(tensor.dtype).removeprefix("torch.") for tensor in state.values()})


PROBE = StaticProbe(name="size", version=1, metrics=METRICS, measure=measure)
