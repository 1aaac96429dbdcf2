"""Int8 files of ONNX Runtime: its numbers against numpy's, its layers by their weights, its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.model_outputs import output_of
from benchbench.catalog.onnx_export import export
from benchbench.catalog.onnx_session import session
from benchbench.catalog.quantisation.onnx import digest, quantised
from benchbench.catalog.steps.quantise import STEP
from benchbench.errors import CannotRun
from tests import lively_vit
from tests.cut_models import CASES

FAMILIES = ["detr", "depth-anything", "dinov2", "vit", "deit"]
Array = NDArray[Any]


def prepared(subject: Subject, inputs: Inputs, folder: Path, **settings: Any) -> tuple[Path, dict[str, Any]]:
    """The exported float file and the entry that says how to make it int8."""
    STEP.apply(subject, backend="onnxruntime", **settings)
    return export(subject.model, inputs, folder / "model.onnx"), dict(subject.surgery[-1])


def computed(path: Path, inputs: Inputs, part: str) -> torch.Tensor:
    found: torch.Tensor = output_of(session(path, 1, "cpu")(**inputs), part)
    return found


def constants(path: Path) -> dict[str, Array]:
    return {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_runs_in_int8_close_to_float(family: str, tmp_path: Path) -> None:
    """Weights shrink; a file of weights as tiny as these would still grow by the operators that quantise."""
    case = CASES[family]()
    path, entry = prepared(case.subject, case.inputs, tmp_path)
    expected = {part: computed(path, case.inputs, part) for part in case.parts}
    for scheme in ("dynamic", "static"):
        written = quantised(path, entry | {"scheme": scheme}, lambda: [case.inputs])
        assert written.parent == path.parent
        assert weighed(written) < weighed(path)
        for part, each in expected.items():
            found = computed(written, case.inputs, part)
            assert float(torch.cosine_similarity(each.flatten(), found.flatten(), dim=0)) > 0.98
            assert not torch.equal(each, found)


def weighed(path: Path) -> int:
    return sum(each.nbytes for each in constants(path).values())


def test_weights_are_those_of_an_independent_quantisation(tmp_path: Path) -> None:
    """int8 with one scale for each output channel: max|w| / 127, or / 63 of 7 bits where the range is reduced."""
    subject = lively_vit.subject()
    path, entry = prepared(subject, lively_vit.inputs(), tmp_path)
    held = constants(quantised(path, entry, None))
    codes = [each for each in held.values() if each.dtype == np.int8 and each.ndim == 2]
    assert len(codes) == len(entry["layers"])
    for name in entry["layers"]:
        weight = subject.model.get_submodule(name).get_parameter("weight").detach().numpy()
        expected = np.rint(weight / (np.abs(weight).max(axis=1, keepdims=True) / np.float32(127))).T
        assert any(each.shape == expected.shape and np.abs(each - expected).max() <= 1 for each in codes)


def test_a_reduced_range_leaves_the_weights_seven_bits(tmp_path: Path) -> None:
    path, entry = prepared(lively_vit.subject(), lively_vit.inputs(), tmp_path, reduce_range=True)
    codes = [each for each in constants(quantised(path, entry, None)).values() if each.dtype == np.int8]
    largest = max(int(np.abs(each.astype(np.int32)).max()) for each in codes)
    assert largest in (63, 64)


def test_static_ranges_are_the_smallest_and_largest_value_of_the_calibration_data(tmp_path: Path) -> None:
    """uint8: scale = (max - min) / 255 with 0 inside of the range, zero point = round(-min / scale)."""
    subject, given = lively_vit.subject(), batches(3)
    query = subject.anatomy.stacks[0].layers[0].attentions[0].query
    seen: list[torch.Tensor] = []
    hook = query.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].detach()))
    with torch.no_grad():
        for batch in given:
            subject.model(**batch)
    hook.remove()
    low, high = min(0.0, *(float(each.min()) for each in seen)), max(0.0, *(float(each.max()) for each in seen))
    path, entry = prepared(subject, given[0], tmp_path, scheme="static")
    scale, zero_point = first_scale(quantised(path, entry, lambda: given))
    assert scale == pytest.approx((high - low) / 255, rel=1e-4)
    assert zero_point == round(-low / ((high - low) / 255))


def test_no_more_images_are_read_than_asked_for(tmp_path: Path) -> None:
    """The fourth image would widen every range by far: with three it must change nothing."""
    given, wild = batches(2), batches(2)
    wild[1]["pixel_values"][1] *= 1000
    found = []
    for number, each in enumerate((given, wild)):
        path, entry = prepared(lively_vit.subject(), given[0], tmp_path / str(number), scheme="static", samples=3)
        found.append(quantised(path, entry, lambda batches=each: batches).read_bytes())  # type: ignore[misc]
    assert found[0] == found[1]
    path, entry = prepared(lively_vit.subject(), given[0], tmp_path / "all", scheme="static", samples=4)
    assert quantised(path, entry, lambda: wild).read_bytes() != found[0]


def test_without_calibration_data_there_is_noise_and_the_same_size(tmp_path: Path) -> None:
    path, entry = prepared(lively_vit.subject(), lively_vit.inputs(), tmp_path, scheme="static")
    noise = quantised(path, entry, None).read_bytes()
    assert quantised(path, entry, None).read_bytes() == noise
    assert abs(len(noise) - quantised(path, entry, lambda: batches(1)).stat().st_size) < 100


def test_only_the_entrys_layers_become_int8(tmp_path: Path) -> None:
    case = CASES["detr"]()
    path, entry = prepared(case.subject, case.inputs, tmp_path, stacks=["decoder"])
    held = constants(quantised(path, entry, None))
    assert len([each for each in held.values() if each.dtype == np.int8 and each.ndim == 2]) == len(entry["layers"])
    assert all(".decoder." in name for name in entry["layers"])


def test_weights_that_the_file_does_not_hold_are_named(tmp_path: Path) -> None:
    path, entry = prepared(lively_vit.subject(), lively_vit.inputs(), tmp_path)
    [first, *_] = sorted(entry["layers"])
    entry["layers"] |= {first: digest(np.zeros((3, 4), np.float32))}
    with pytest.raises(CannotRun, match=rf"{first} cannot be quantised.*\(1 such layers\)"):
        quantised(path, entry, None)


def test_a_library_that_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = "benchbench.catalog.quantisation.onnx.find_spec"
    monkeypatch.setattr(path, lambda name: None if name == "onnxruntime" else object())
    with pytest.raises(CannotRun, match=r'onnxruntime is not installed\n.*pip install "benchbench\[onnx\]"'):
        quantised(tmp_path / "model.onnx", {"layers": {}}, None)


@pytest.mark.parametrize("change", ["value", "shape", "type"])
def test_a_digest_changes_with_whatever_makes_a_weight(change: str) -> None:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    others: dict[str, Array] = {
        "value": weight + 1,
        "shape": weight.reshape(3, 2),
        "type": weight.astype(np.float16),
    }
    other = others[change]
    assert digest(weight) != digest(other)
    assert digest(np.asfortranarray(weight)) == digest(weight)


def batches(number: int) -> list[Inputs]:
    generator = torch.Generator().manual_seed(5)
    like = lively_vit.inputs()["pixel_values"][:1]
    return [{"pixel_values": torch.randn((2, *like.shape[1:]), generator=generator)} for _ in range(number)]


def first_scale(path: Path) -> tuple[float, int]:
    """Scale and zero point of what goes into the first quantised product."""
    graph, held = onnx.load(path).graph, constants(path)
    made = {name: node for node in graph.node for name in node.output}
    products: Sequence[Any] = [node for node in graph.node if node.op_type in ("MatMul", "Gemm")]
    node = next(made[each.input[0]] for each in products if _restored(each, made))
    return float(held[node.input[1]]), int(held[node.input[2]])


def _restored(product: Any, made: dict[str, Any]) -> bool:
    return product.input[0] in made and made[product.input[0]].op_type == "DequantizeLinear"
