"""What runtimes lack on a device, looked for without importing it; and how far they may lie apart there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from benchbench.catalog import agreement, compiling, onnx_session
from benchbench.catalog.agreement import allowed
from benchbench.catalog.runtimes import RUNTIMES
from benchbench.measure.starting import unstarted
from benchbench.types import Condition, ProbeUse, Scale, Trial, Use, Variant


def trial(condition: Condition) -> Trial:
    scale = Scale("s", "S", "detr", "random", Use("shapes"))
    return Trial(Variant("base", "Base"), scale, ProbeUse("latency", condition=condition))


@pytest.mark.parametrize("name", list(RUNTIMES))
def test_what_runs_on_a_processor_lacks_nothing_there(name: str) -> None:
    lack = RUNTIMES[name].lacks("cpu")
    assert (lack is not None) == (name in ("compiled-reduce-overhead", "compiled-max-autotune"))


@pytest.mark.parametrize("name", ["compiled-reduce-overhead", "compiled-max-autotune"])
def test_graphs_of_a_processor_are_skipped_in_the_plan(name: str) -> None:
    found = unstarted(trial(Condition(runtime=name)))
    assert found is not None
    assert "on a GPU only" in found.reason
    assert "`runtime: compiled`" in found.remedy


@pytest.mark.parametrize("name", ["compiled", "compiled-reduce-overhead", "compiled-max-autotune"])
def test_triton(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda _name: None)
    lack = RUNTIMES[name].lacks("cuda:1")
    assert lack is not None
    assert "Triton" in lack.reason
    monkeypatch.setattr(compiling, "find_spec", lambda _name: SimpleNamespace())
    assert RUNTIMES[name].lacks("cuda:1") is None


def test_the_mode_stands_with_the_facts() -> None:
    facts = compiling.Compiled("compiled", SimpleNamespace(model=torch.nn.Identity()), "default").facts  # type: ignore[arg-type]
    assert (facts["name"], facts["mode"]) == ("compiled", "default")


@pytest.mark.parametrize("file", ["libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll", ""])
def test_a_provider_is_the_file_that_it_comes_in(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "capi").mkdir()
    (tmp_path / "capi" / "libonnxruntime_providers_shared.so").touch()
    if file:
        (tmp_path / "capi" / file).touch()
    monkeypatch.setattr(onnx_session, "find_spec", lambda _name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    assert onnx_session.lacks("cpu") is None
    lack = RUNTIMES["onnxruntime"].lacks("cuda")
    assert (lack is None) == bool(file)
    assert lack is None or "CUDAExecutionProvider" in lack.reason


@pytest.mark.parametrize(
    ("is_cuda", "tf32", "limit"), [(True, True, 20 / 1024), (True, False, 1e-4), (False, True, 1e-4)]
)
def test_tf32_may_lie_as_far_apart_as_half_precision(
    is_cuda: bool, tf32: bool, limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", tf32)
    tensor = SimpleNamespace(is_cuda=is_cuda, dtype=torch.float32, is_floating_point=lambda: True)
    assert allowed(1e-4, tensor) == pytest.approx(limit)  # type: ignore[arg-type]
    assert torch.finfo(torch.float16).eps == agreement.TF32
