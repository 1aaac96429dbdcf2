"""Exports of cut models of every family, run by ONNX Runtime beside the models themselves."""

from __future__ import annotations

import logging
from importlib import util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnx
import pytest
import torch
from torch import Tensor, nn

from benchbench.catalog import onnx_export
from benchbench.catalog.agreement import deviation
from benchbench.catalog.onnx_export import export, exported
from benchbench.catalog.onnx_session import session
from benchbench.errors import CannotRun
from tests.cut_models import CASES, dinov2, sized

CLOSE = 1e-5


@pytest.mark.parametrize("name", CASES)
def test_a_cut_model_runs_in_onnx_runtime_and_computes_the_same(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Exported with one image, run with any number of them."""
    subject, inputs, parts = CASES[name]()
    done = exported(subject.model, sized(inputs, 1), tmp_path / "model.onnx")
    assert (done.exporter, done.opset, done.outputs) == ("torchscript", onnx_export.OPSET, parts)
    run = session(done.path, 1)
    assert run.outputs == parts
    assert set(run.inputs) == set(inputs)
    for batch in (1, 2, 3):
        found, expected = run(**sized(inputs, batch)), eager(subject.model, sized(inputs, batch))
        for part in parts:
            assert float(getattr(expected, part).std()) > 0
            assert deviation(getattr(found, part), getattr(expected, part)) < CLOSE, (batch, part)
    assert [each.name for each in tmp_path.iterdir()] == ["model.onnx"]
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_the_newer_exporter_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the older one is gone")

    monkeypatch.setattr(onnx_export, "_trace", broken)
    subject, inputs, _ = dinov2("linear")
    done = exported(subject.model, inputs, tmp_path / "model.onnx")
    assert done.exporter == "dynamo"
    expected = eager(subject.model, inputs).predicted_depth
    assert deviation(session(done.path, 1)(**inputs).predicted_depth, expected) < CLOSE


class Odd(nn.Module):
    """Asks for an operator that ONNX has nothing for."""

    def forward(self, pixel_values: Tensor) -> Tensor:
        found: Tensor = torch.linalg.eigvalsh(pixel_values[:, 0] @ pixel_values[:, 0].transpose(1, 2))
        return found


def test_an_operator_without_an_onnx_form_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"operator aten::linalg_eigvalsh cannot be exported to ONNX") as caught:
        export(Odd().eval(), {"pixel_values": torch.randn(1, 3, 4, 4)}, tmp_path / "odd.onnx")
    assert "runtime: eager" in caught.value.hint
    assert not list(tmp_path.iterdir())


class Bare(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.project = nn.Linear(3, width)

    def forward(self, pixel_values: Tensor) -> Any:
        return self.project(pixel_values.mean((2, 3)))


class Named(Bare):
    def forward(self, pixel_values: Tensor) -> Any:
        first = super().forward(pixel_values)
        return SimpleNamespace(scores=first.tanh(), hidden=first, count=3)


def test_outputs_without_known_names_keep_their_own(tmp_path: Path) -> None:
    given = {"pixel_values": torch.randn(2, 3, 4, 4)}
    assert exported(Bare().eval(), given, tmp_path / "bare.onnx").outputs == ("output",)
    assert exported(Named().eval(), given, tmp_path / "named.onnx").outputs == ("scores", "hidden")
    model = Named().eval()
    done = exported(model, given, tmp_path / "one.onnx", outputs=["scores"])
    assert session(done.path, 1).outputs == ("scores",)
    assert deviation(session(done.path, 1)(**given).scores, eager(model, given).scores) < CLOSE


def test_weights_too_many_for_one_file_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "LARGEST", 1000)
    model, given = Bare(width=512).eval(), {"pixel_values": torch.randn(2, 3, 4, 4)}
    path = export(model, given, tmp_path / "large.onnx")
    assert {each.name for each in tmp_path.iterdir()} == {"large.onnx", "large.onnx.data"}
    assert (tmp_path / "large.onnx.data").stat().st_size >= 512 * 4 * 4
    assert path.stat().st_size < 512 * 4
    assert deviation(session(path, 1)(**given).output, eager(model, given)) < CLOSE


def test_free_axes_are_those_asked_for(tmp_path: Path) -> None:
    given = {"pixel_values": torch.randn(2, 3, 4, 4)}
    done = exported(Bare().eval(), given, tmp_path / "free.onnx", free={"pixel_values": (0, 3)})
    (shown,) = onnx.load(done.path).graph.input
    assert [each.dim_param or each.dim_value for each in shown.type.tensor_type.shape.dim] == [
        *("batch", 3, 4),
        "pixel_values_3",
    ]


def test_what_is_not_installed_is_said_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None if name == "onnxscript" else util.find_spec(name))
    with pytest.raises(CannotRun, match="onnxscript: not installed") as caught:
        export(Bare().eval(), {"pixel_values": torch.randn(1, 3, 4, 4)}, tmp_path / "bare.onnx")
    assert caught.value.hint == 'pip install "benchbench[onnx]"'


def test_the_model_is_left_as_it_was(tmp_path: Path) -> None:
    model = Bare().eval()
    model.project.weight.requires_grad_(False)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    with torch.inference_mode():
        export(model, {"pixel_values": torch.randn(1, 3, 4, 4)}, tmp_path / "bare.onnx")
    assert not model.training
    assert not model.project.weight.requires_grad
    assert model.project.bias.requires_grad
    assert all(torch.equal(before[name], each) for name, each in model.state_dict().items())


@torch.no_grad()
def eager(model: nn.Module, inputs: dict[str, Tensor]) -> Any:
    return model(**inputs)
