"""An ONNX file read as data: what it says of itself, and where it may not lead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchbench.catalog.onnx_file import Tensor, examine, stored
from benchbench.errors import CannotRun

WEIGHT = np.array([[1.0, 0.0], [2.0, 3.0]], np.float32)


def written(path: Path, *more: onnx.TensorProto, location: str = "") -> Path:
    """x (batch, 2) times a weight of four values, one of them zero, to y; some of its data outside, if wanted."""
    weight = numpy_helper.from_array(WEIGHT, "weight")
    if location:
        weight.data_location = TensorProto.EXTERNAL
        weight.ClearField("raw_data")
        weight.external_data.add(key="location", value=location)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])],
        [weight, *more],
    )
    opset = helper.make_opsetid("", 18)
    path.write_bytes(helper.make_model(graph, opset_imports=[opset], ir_version=10).SerializeToString())
    return path


def test_what_goes_in_and_comes_out(tmp_path: Path) -> None:
    file = examine(written(tmp_path / "model.onnx"))
    assert file.inputs == (Tensor("x", "float32", ("batch", 2)),)
    assert file.outputs == (Tensor("y", "float32", ("batch", 2)),)
    assert file.nbytes == (tmp_path / "model.onnx").stat().st_size
    assert file.beside == ()


def test_weights_are_counted_and_whole_numbers_are_not(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([3, 4, 5], np.int64), "shape")
    eight = numpy_helper.from_array(np.array([1, 0, -1], np.int8), "quantised")
    found = stored(examine(written(tmp_path / "model.onnx", shape, eight)))
    assert (found.parameters, found.nonzero) == (4 + 3, 3 + 2)
    assert f"{found.nbytes} bytes" in found.words


def test_weights_beside_the_file_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "model.data").write_bytes(WEIGHT.tobytes())
    file = examine(written(tmp_path / "model.onnx", location="model.data"))
    assert file.beside == ((tmp_path / "model.data").resolve(),)
    assert file.nbytes == (tmp_path / "model.onnx").stat().st_size + WEIGHT.nbytes
    assert stored(file).nonzero == 3


@pytest.mark.parametrize("location", ["../secret.data", "/etc/hostname", "inner/../../secret.data", "link.data"])
def test_a_file_that_leads_out_of_its_folder_is_refused(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "secret.data").write_bytes(WEIGHT.tobytes())
    (folder / "link.data").symlink_to(tmp_path / "secret.data")
    with pytest.raises(CannotRun, match="outside of its own folder"):
        examine(written(folder / "model.onnx", location=location))


def test_weights_inside_of_a_nested_graph_are_looked_at_too(tmp_path: Path) -> None:
    inner = onnx.load(written(tmp_path / "inner.onnx", location="../out.data"), load_external_data=False).graph
    node = helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
    condition = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    result = helper.make_tensor_value_info("z", TensorProto.FLOAT, None)
    path = tmp_path / "model.onnx"
    path.write_bytes(helper.make_model(helper.make_graph([node], "g", [condition], [result])).SerializeToString())
    with pytest.raises(CannotRun, match=r"'\.\./out\.data', outside"):
        examine(path)


def test_a_sparse_constant_leads_nowhere_else_either(tmp_path: Path) -> None:
    path = written(tmp_path / "model.onnx")
    model = onnx.load(path)
    constant = model.graph.node.add(op_type="Constant", output=["z"]).attribute.add(
        name="sparse_value", type="SPARSE_TENSOR"
    )
    values = constant.sparse_tensor.values
    values.data_location = TensorProto.EXTERNAL
    values.external_data.add(key="location", value="../out.data")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CannotRun, match=r"'\.\./out\.data', outside"):
        examine(path)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"asks for 'gone\.data', which is not there"):
        examine(written(tmp_path / "model.onnx", location="gone.data"))


@pytest.mark.parametrize("content", [b"", b"no protobuf at all", bytes(1000)])
def test_what_is_no_onnx_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(CannotRun, match="is no ONNX file"):
        examine(tmp_path / "model.onnx")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    assert examine(written(path)).parameters == 4
    more = numpy_helper.from_array(np.ones(5, np.float32), "more")
    assert examine(written(path, more)).parameters == 9
