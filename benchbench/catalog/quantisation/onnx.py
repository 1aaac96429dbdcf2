"""An exported file's linear layers made int8 by ONNX Runtime, for its own sessions.

Weights are signed with one scale for each output channel. Activations are unsigned, scale and zero point being those of
a whole tensor: found at each call or, for the static scheme, by the smallest and largest value on calibration data.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Inputs
from benchbench.errors import CannotRun
from benchbench.types import Json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PRODUCTS = ("MatMul", "Gemm")
FILE = "model.int8.onnx"
Feed = dict[str, "NDArray[np.generic]"]


def digest(weight: NDArray[np.generic]) -> str:
    """A sha256 of a weight's shape, type and values."""
    import numpy as np

    told = f"{weight.shape} {weight.dtype}".encode()
    return hashlib.sha256(told + np.ascontiguousarray(weight).tobytes()).hexdigest()


def quantised(path: Path, entry: Mapping[str, Json], batches: Callable[[], Sequence[Inputs]] | None) -> Path:
    """Write an int8 file beside a float32 one, as the surgery entry of `quantise` says, and answer where.

    `batches` are calibration inputs, of which the static scheme reads at most `samples` images; without them it takes
    noise, which costs the same. Raises CannotRun naming a layer whose weights the file does not hold.
    """
    for name in ("onnx", "onnxruntime"):
        if find_spec(name) is None:
            raise CannotRun(f"cannot quantise: {name} is not installed", 'pip install "benchbench[onnx]"')
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

    model = onnx.load(str(path))
    nodes, written = _nodes(model, entry), path.with_name(FILE)
    settings: dict[str, Any] = {
        "per_channel": True,
        "reduce_range": bool(entry.get("reduce_range")),
        "weight_type": QuantType.QInt8,
        "nodes_to_quantize": nodes,
        "op_types_to_quantize": list(PRODUCTS),
        "use_external_data_format": path.with_name(f"{path.name}.data").exists(),
    }
    with _quiet():
        if entry.get("scheme") == "dynamic":
            quantize_dynamic(model, written, **settings)
        else:
            reader = _Reader(_feeds(model, entry, batches))
            settings |= {"quant_format": QuantFormat.QDQ, "activation_type": QuantType.QUInt8}
            floats = {"OpTypesToExcludeOutputQuantization": list(PRODUCTS)}
            quantize_static(model, written, reader, extra_options=floats, **settings)
    return written


def _nodes(model: Any, entry: Mapping[str, Json]) -> list[str]:
    """The names of the products with the entry's weights; nameless ones are named first."""
    from onnx import numpy_helper

    layers = entry["layers"]
    assert isinstance(layers, dict)
    wanted = {str(found): name for name, found in layers.items()}
    held = {each.name: each for each in model.graph.initializer if len(each.dims) == 2}
    found: dict[str, str] = {}
    for number, node in enumerate(model.graph.node):
        weight = held.get(node.input[1]) if node.op_type in PRODUCTS else None
        if weight is not None:
            array = numpy_helper.to_array(weight)
            layer = wanted.get(digest(array)) or wanted.get(digest(array.T))
            node.name = node.name or f"product-{number}"
            found |= {node.name: layer} if layer else {}
    lost = sorted(set(wanted.values()) - set(found.values()))
    if lost:
        raise CannotRun(
            f"{lost[0]} cannot be quantised: no product of the exported file has its weights ({len(lost)} such layers)",
            "int8 files are made of float32 models; quantise with `backend: torch`, or leave its stack out",
        )
    return list(found)


def _feeds(model: Any, entry: Mapping[str, Json], batches: Callable[[], Sequence[Inputs]] | None) -> Iterator[Feed]:
    """Inputs of the graph, together at most `samples` images."""
    names, left = [each.name for each in model.graph.input], int(str(entry.get("samples", 32)))
    given = batches() if batches else ()
    if not given:
        yield _noise(model)
        return
    for batch in given:
        first = next(iter(batch.values()))
        taken, left = min(len(first), left), left - min(len(first), left)
        if taken:
            yield {name: batch[name][:taken].cpu().numpy() for name in names}
        if not left:
            return


def _noise(model: Any) -> Feed:
    """One normal draw for each floating input, from seed 0; masks show everything."""
    import numpy as np
    import onnx

    generator, feed = np.random.default_rng(0), {}
    for each in model.graph.input:
        kind = each.type.tensor_type
        shape = [axis.dim_value or 1 for axis in kind.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
        drawn = generator.standard_normal(shape) if np.issubdtype(dtype, np.floating) else np.ones(shape)
        feed[each.name] = drawn.astype(dtype)
    return feed


class _Reader:
    """What ONNX Runtime reads calibration data from."""

    def __init__(self, feeds: Iterator[Feed]) -> None:
        self._feeds = feeds

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime advises through the root logger, once for each file."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
