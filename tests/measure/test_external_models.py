"""Models that somebody else built, opened and called: names, sizes, outputs, and code that nobody allowed."""

from __future__ import annotations

import contextlib
import pickle
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.export.pt2_archive.constants import OPAQUE_OBJ_FILENAME_PREFIX

from benchbench.catalog.contracts import Family, Subject
from benchbench.catalog.families.depth_anything import FAMILY as DEPTH
from benchbench.catalog.families.detr import FAMILY as DETR
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.onnx_export import exported
from benchbench.catalog.probes.size import measure as size
from benchbench.errors import CannotRun
from benchbench.measure import external_models
from benchbench.measure.external import External, Kind
from benchbench.types import Condition
from tests.measure import foreign_models
from tests.measure.foreign_models import Attributed, Named

HERE = "tests.measure.foreign_models"
CONFIG = SimpleNamespace(num_labels=91)


def pixels(batch: int = 1, side: int = 8) -> Tensor:
    return torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(1))


def opened(
    kind: Kind, name: str, path: Path | None = None, card: dict[str, Any] | None = None, family: Family = FAMILY
) -> Subject:
    external = External(kind, name, "f", path, card or {})
    return external_models.subject_of(external, family, 0, [name], lambda: CONFIG)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    inputs = {"pixel_values": pixels()}
    return exported(foreign_models.seeded().eval(), inputs, path, outputs=["logits"], free={"pixel_values": ()}).path


@pytest.fixture
def graph(file: Path) -> Subject:
    return opened("onnx", "model.onnx", file)


def test_a_graph_computes_what_its_model_does(graph: Subject) -> None:
    wanted = foreign_models.seeded()(pixels())["logits"]
    with torch.inference_mode():
        assert torch.allclose(graph.compute(pixel_values=pixels()).logits, wanted, atol=1e-6)
    assert getattr(graph.model, "config") is CONFIG  # noqa: B009 - nn.Module types attributes as tensors


def test_its_file_is_counted(graph: Subject, file: Path) -> None:
    measurements, notes = size(graph, {}, Condition())
    found = {each.metric: each.samples[0] for each in measurements}
    assert found == {"params": 16, "params_nonzero": 16, "file_mib": file.stat().st_size / 2**20}
    assert "initialisers" in notes[0]


def test_its_inside_is_not_known(graph: Subject) -> None:
    with pytest.raises(CannotRun, match="nothing is known of the inside"):
        _ = graph.anatomy


@pytest.mark.parametrize(
    ("inputs", "complaint"),
    [
        ({"images": pixels()}, r"it wants 'pixel_values' \(float32 \(1, 3, 8, 8\)\), which is not among images"),
        ({"pixel_values": pixels(2)}, r"'pixel_values' is float32 \(2, 3, 8, 8\), not float32 \(1, 3, 8, 8\)"),
        ({"pixel_values": pixels(1, 9)}, r"'pixel_values' is float32 \(1, 3, 9, 9\), not float32 \(1, 3, 8, 8\)"),
        ({"pixel_values": pixels().half()}, r"'pixel_values' is float16 \(1, 3, 8, 8\), not float32"),
        ({"pixel_values": pixels(), "pixel_mask": torch.zeros(1, 8, 8)}, "does not take 'pixel_mask', which is not"),
    ],
)
def test_what_does_not_fit_is_named(graph: Subject, inputs: dict[str, Tensor], complaint: str) -> None:
    with pytest.raises(CannotRun, match=complaint):
        graph.compute(**inputs)


def test_a_mask_that_hides_nothing_may_be_left_out(graph: Subject) -> None:
    mask = torch.ones(1, 8, 8, dtype=torch.int64)
    assert graph.compute(pixel_values=pixels(), pixel_mask=mask).logits.shape == (1, 4)


def test_outputs_of_other_names_are_told_with_those_there_are(file: Path) -> None:
    subject = opened("onnx", "model.onnx", file, family=DETR)
    with pytest.raises(CannotRun) as told:
        subject.compute(pixel_values=pixels())
    assert told.value.what == (
        "the external model 'model.onnx' gives logits (float32 (1, 4)) for 1 image, where one of the family 'detr' "
        "(detection) gives logits (batch, queries, labels + 1) and pred_boxes (batch, queries, 4)"
    )
    assert "a dict of floating tensors under these names" in told.value.hint


@pytest.mark.parametrize(
    ("answer", "family", "words"),
    [
        (None, FAMILY, "gives None for 2 images, where one of the family 'vit' (classification) gives logits (batch,"),
        ((torch.zeros(2, 4), 1), FAMILY, "gives a tuple of 2 (float32 (2, 4), int)"),
        ([], FAMILY, "gives a list of 0 ()"),
        (torch.zeros(2, 4), FAMILY, "gives a bare tensor, float32 (2, 4)"),
        (3.5, FAMILY, "gives no tensors (float)"),
        ({}, FAMILY, "gives no tensors (Outputs)"),
        ({1: torch.zeros(2, 4)}, FAMILY, "gives 1 (float32 (2, 4))"),
        ({"scores": torch.zeros(2, 4)}, FAMILY, "gives scores (float32 (2, 4))"),
        ({"logits": [1.0, 2.0]}, FAMILY, "gives logits (list)"),
        ({"logits": torch.zeros(2, 4, dtype=torch.int64)}, FAMILY, "gives logits (int64 (2, 4))"),
        ({"logits": torch.zeros(2, 3, 4)}, FAMILY, "gives logits (float32 (2, 3, 4))"),
        ({"logits": torch.zeros(1, 4)}, FAMILY, "gives logits (float32 (1, 4)) for 2 images"),
        ({"logits": torch.zeros(2, 0)}, FAMILY, "gives logits (float32 (2, 0))"),
        ({"predicted_depth": torch.zeros(2, 1, 8, 8)}, DEPTH, "(depth) gives predicted_depth (batch, height, width)"),
        ({"logits": torch.zeros(2, 9, 5), "pred_boxes": torch.zeros(2, 9, 5)}, DETR, "pred_boxes (float32 (2, 9, 5))"),
        ({"logits": torch.zeros(2, 9, 5), "pred_boxes": torch.zeros(2, 8, 4)}, DETR, "pred_boxes (float32 (2, 8, 4))"),
    ],
)
def test_answers_that_no_prediction_can_be_made_of(
    answer: object, family: Family, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_models.Answering, "answer", answer)
    with pytest.raises(CannotRun) as told:
        opened("code", f"{HERE}:Answering", family=family).compute(pixel_values=pixels(2))
    assert words in told.value.what
    assert f"the external model '{HERE}:Answering' gives" in told.value.what


@pytest.mark.parametrize("labels", [90, 92])
def test_another_number_of_labels_than_the_config_numbers(labels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"logits": torch.zeros(1, 9, labels + 1), "pred_boxes": torch.zeros(1, 9, 4)}
    monkeypatch.setattr(foreign_models.Answering, "answer", answer)
    subject = opened("code", f"{HERE}:Answering", family=DETR)
    outputs = subject.compute(pixel_values=pixels())
    with pytest.raises(CannotRun, match=f"logits are of {labels} labels and no-object, the model's config is of 91"):
        DETR.predict(subject.model, outputs, [(8, 8)])


def test_a_file_that_fits_no_memory_is_not_opened(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_models, "available", lambda: 100)
    with pytest.raises(CannotRun, match="too many for this machine"):
        opened("onnx", "model.onnx", file)


def program(folder: Path) -> tuple[Path, dict[str, Any]]:
    class Forward(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = foreign_models.seeded().eval()

        def forward(self, pixel_values: Tensor) -> dict[str, Tensor]:
            found: dict[str, Tensor] = self.model(pixel_values)
            return found

    path = folder / "model.pt2"
    torch.export.save(torch.export.export(Forward(), (), {"pixel_values": pixels()}), path)
    wanted = {"name": "pixel_values", "dtype": "float32", "shape": [1, 3, 8, 8]}
    return path, {"input": {"tensors": [wanted]}}


def test_a_program_that_was_allowed(tmp_path: Path) -> None:
    subject = opened("torch-export", "out", *program(tmp_path))
    wanted = foreign_models.seeded()(pixels())["logits"]
    assert torch.allclose(subject.model.eval()(pixel_values=pixels()).logits, wanted)
    with pytest.raises(CannotRun, match=r"is float32 \(2, 3, 8, 8\), not float32 \(1, 3, 8, 8\)"):
        subject.compute(pixel_values=pixels(2))
    measurements, _ = size(subject, {}, Condition())
    assert measurements[0].samples == (16.0,)


class Bomb:
    """What loading a program would run, were it loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def armed(path: Path, mark: Path) -> None:
    """Put a pickle that does something among a program's constants."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    [constants] = [name for name in parts if name.endswith("model_constants_config.json")]
    folder = constants.rpartition("/")[0]
    told = b'{"config": {"x": {"path_name": "OBJ", "is_param": false, "use_pickle": true, "tensor_meta": null}}}'
    name = OPAQUE_OBJ_FILENAME_PREFIX + "0"
    parts |= {constants: told.replace(b"OBJ", name.encode()), f"{folder}/{name}": pickle.dumps(Bomb(mark))}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_program_that_nobody_allowed_is_not_even_opened(tmp_path: Path) -> None:
    path, card = program(tmp_path)
    armed(path, tmp_path / "mark")
    external = External("torch-export", "out", "f", path, card)
    with pytest.raises(CannotRun, match="runs code of others"):
        external_models.subject_of(external, FAMILY, 0, ["elsewhere"], lambda: CONFIG)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("kind", [Named, Attributed])
def test_a_factory_may_name_its_outputs_either_way(kind: type[torch.nn.Module]) -> None:
    subject = opened("code", f"{HERE}:{kind.__name__}")
    assert subject.compute(pixel_values=pixels()).logits.shape == (1, 4)


def test_a_model_of_others_is_counted_and_predicts_with_the_familys_labels() -> None:
    subject = opened("code", f"{HERE}:Named")
    values = {each.metric: each.samples for each in size(subject, {}, Condition())[0]}
    assert values["params"] == (16.0,)
    assert "params_paper" not in values
    model: Any = subject.model
    assert model.config is CONFIG


def test_a_model_of_the_familys_architecture_shows_its_parts() -> None:
    subject = opened("code", f"{HERE}:detr", family=DETR)
    assert [stack.name for stack in subject.anatomy.stacks] == ["encoder", "decoder"]
    assert "params_paper" in {each.metric for each in size(subject, {}, Condition())[0]}


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("wrong", "made a object"),
        ("failing", "cannot be called: RuntimeError: no weights today"),
        ("absent", "cannot be called: AttributeError"),
    ],
)
def test_factories_that_make_no_model(name: str, complaint: str) -> None:
    with pytest.raises(CannotRun, match=complaint):
        opened("code", f"{HERE}:{name}")


def test_a_model_that_takes_other_inputs() -> None:
    with pytest.raises(CannotRun, match="does not take pixel_values: missing a required argument: 'images'"):
        opened("code", f"{HERE}:Stranger").compute(pixel_values=pixels())


def test_a_factory_that_nobody_allowed_is_not_imported() -> None:
    external = External("code", "grim.nowhere:make", "f", None, {})
    with pytest.raises(CannotRun, match="--allow-code"):
        external_models.subject_of(external, FAMILY, 0, [HERE], lambda: CONFIG)


def test_loading_a_program_can_run_what_its_author_wanted(tmp_path: Path) -> None:
    """Why it must be allowed; if this fails, PyTorch has become safer and the rule may be looked at again."""
    path, card = program(tmp_path)
    armed(path, tmp_path / "mark")
    with contextlib.suppress(CannotRun):
        opened("torch-export", "out", path, card)
    assert (tmp_path / "mark").exists()
