"""A session's tensors in and out, its threads, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from benchbench.catalog import onnx_session
from benchbench.catalog.onnx_session import session
from benchbench.errors import CannotRun


def written(path: Path, operator: str = "Relu") -> Path:
    """A graph of one operator on (batch, 4) numbers."""
    one, other = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 4]) for name in ("x", "y"))
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"])], "one", [one], [other])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return path


def test_what_comes_out_has_the_graphs_names_and_values(tmp_path: Path) -> None:
    run = session(written(tmp_path / "relu.onnx"), 1)
    given = torch.tensor([[-1.0, 2.0, -3.0, 4.0]])
    found = run(x=given, mask=torch.ones(1))
    assert found.y.tolist() == [[0.0, 2.0, 0.0, 4.0]]
    assert given.tolist() == [[-1.0, 2.0, -3.0, 4.0]]
    assert (run.inputs, run.outputs) == (("x",), ("y",))


def test_a_devices_memory_is_bound_without_a_copy(tmp_path: Path) -> None:
    """The way that inputs take on a GPU, here with the processor's memory."""
    run = session(written(tmp_path / "relu.onnx"), 1)
    given = torch.randn(3, 4)
    (found,) = run._bound({"x": given})
    assert torch.equal(found, given.relu())


def test_threads_are_those_asked_for_and_do_not_spin_after_a_run(tmp_path: Path) -> None:
    options = session(written(tmp_path / "relu.onnx"), 2)._session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert options.get_session_config_entry("session.force_spinning_stop") == "1"


def test_an_input_of_another_shape_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = session(written(tmp_path / "relu.onnx"), 1)
    with pytest.raises(CannotRun, match=r"ONNX Runtime: .*invalid dimensions") as caught:
        run(x=torch.randn(3, 5))
    assert "\n" not in caught.value.what
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no graph at all")
    with pytest.raises(CannotRun, match=r"cannot open text\.onnx"):
        session(tmp_path / "text.onnx", 1)
    with pytest.raises(CannotRun, match=r"cannot open odd\.onnx.*Nonsense"):
        session(written(tmp_path / "odd.onnx", "Nonsense"), 1)


def test_a_device_without_a_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no provider for 'cuda:0'"):
        session(written(tmp_path / "relu.onnx"), 1, "cuda:0")


def test_without_the_package_there_is_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_session, "find_spec", lambda _: None)
    with pytest.raises(CannotRun, match="onnxruntime: not installed") as caught:
        session(tmp_path / "any.onnx", 1)
    assert caught.value.hint == 'pip install "benchbench[onnx]"'
