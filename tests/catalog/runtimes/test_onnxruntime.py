"""ONNX Runtime as a runtime: one graph for as many shapes as it computes rightly, and what it writes down."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch.nn.functional import pad

from benchbench.catalog import onnx_export
from benchbench.catalog.agreement import Agreeing, deviation
from benchbench.catalog.contracts import Inputs
from benchbench.catalog.runtimes.onnxruntime import RUNTIME
from benchbench.errors import CannotRun
from benchbench.types import Condition, Json
from tests.cut_models import CASES, sized

CONDITION = Condition(threads=1, runtime="onnxruntime")


def started(name: str) -> tuple[Agreeing, Inputs]:
    subject, inputs, _ = CASES[name]()
    running = RUNTIME.start(subject, CONDITION)
    assert isinstance(running, Agreeing)
    return running, inputs


def agrees(running: Agreeing, inputs: Inputs) -> None:
    with torch.inference_mode():
        found, expected = running(**inputs), running.model(**inputs)
    for name in vars(found):
        assert deviation(getattr(found, name), getattr(expected, name)) < RUNTIME.tolerance, name


def test_a_last_batch_that_is_smaller_needs_no_second_export() -> None:
    running, inputs = started("vit")
    for batch in (3, 1, 3):
        agrees(running, sized(inputs, batch))
    assert running.facts["exports"] == 1
    assert running.facts["exporter"] == "torchscript"
    assert running.facts["opset"] == onnx_export.OPSET


def test_a_second_size_frees_the_axes_for_all_others() -> None:
    """A trace with constants for its sizes follows no other one; the second export does."""
    running, inputs = started("detr")
    for wider in (0, 10, 20, 7):
        agrees(running, {name: pad(each, (0, wider)) for name, each in inputs.items()})
    assert running.facts["exports"] == 2


def test_a_graph_that_cannot_follow_is_exported_for_each_size() -> None:
    """The DPT head's sizes become constants of the trace."""
    running, inputs = started("depth-anything")
    for wider in (0, 14, 28, 14):
        agrees(running, {name: pad(each, (0, wider)) for name, each in inputs.items()})
    exports = running.facts["exports"]
    assert exports == 3


def test_what_is_written_is_what_is_run(tmp_path: Path) -> None:
    running, inputs = started("vit")
    file = running.write(inputs, tmp_path)
    assert file is not None
    assert file.nbytes == file.path.stat().st_size == running.facts["file_bytes"]
    assert file.words == f"ONNX, opset {onnx_export.OPSET}"
    weights = sum(each.nbytes for each in running.model.parameters())
    assert weights < file.nbytes < 1.5 * weights


def test_an_export_that_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights change between the export and the comparison, as a wrong operator would change numbers."""
    running, inputs = started("vit")
    export = onnx_export.exported

    def disturbed(model: Any, *args: Any, **settings: Any) -> Any:
        done = export(model, *args, **settings)
        with torch.no_grad():
            model.classifier.bias += 0.5
        return done

    monkeypatch.setattr(onnx_export, "exported", disturbed)
    with pytest.raises(CannotRun, match="onnxruntime computes 'logits' differently"):
        running(**inputs)


def test_what_quantise_leaves_to_it_is_done_after_the_comparison(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[Any] = []

    def quantised(path: Path, entry: Mapping[str, Json], batches: Callable[[], Sequence[Inputs]] | None) -> Path:
        assert batches is not None
        given.extend([entry["scheme"], [len(each["pixel_values"]) for each in batches()]])
        return Path(shutil.copy(path, path.with_name("other.onnx")))

    module = ModuleType("benchbench.catalog.quantisation.onnx")
    monkeypatch.setattr(module, "quantised", quantised, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    from tests import lively_vit

    subject = lively_vit.subject(calibrated=True)
    subject.surgery.append({"step": "quantise", "backend": "onnxruntime", "scheme": "static"})
    running = RUNTIME.start(subject, CONDITION)
    assert isinstance(running, Agreeing)
    agrees(running, lively_vit.inputs())
    agrees(running, sized(lively_vit.inputs(), 1))
    assert given == ["static", [3, 2]]
    file = running.write(lively_vit.inputs(), tmp_path)
    assert file is not None
    assert file.path.name == "other.onnx"
    assert file.words.endswith("quantised (static)")


def test_what_it_cannot_take_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = CASES["vit"]().subject
    with pytest.raises(CannotRun, match="not run in bfloat16"):
        RUNTIME.start(subject, Condition(dtype="bfloat16", runtime="onnxruntime"))
    assert RUNTIME.missing() is None
    monkeypatch.setattr(onnx_export, "find_spec", lambda _: None)
    absent = RUNTIME.missing()
    assert absent is not None
    assert absent.remedy == 'pip install "benchbench[onnx]"'
    with pytest.raises(CannotRun, match="not installed"):
        RUNTIME.start(subject, CONDITION)
