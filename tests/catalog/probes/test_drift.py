"""Drift of small real models: against themselves, cut, quantised, broken, of another shape, in another dtype."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.depth.family import DepthFamily
from benchbench.catalog.probes.drift import PROBE
from benchbench.catalog.steps.drop_layers import STEP as DROP
from benchbench.catalog.steps.quantise import STEP as QUANTISE
from benchbench.errors import BadData, CannotRun
from benchbench.types import Condition, Measurement
from tests import lively_depth, lively_detr, lively_vit

Numbers = dict[str, float]
PLAIN = Condition()


class Depth(lively_depth.Lively):
    task = "depth"


def depth() -> Subject:
    return replace(lively_depth.subject(), family=Depth())  # type: ignore[arg-type]


CASES: dict[str, tuple[Callable[[], Subject], Inputs]] = {
    "detr": (lively_detr.subject, lively_detr.inputs()),
    "depth": (depth, lively_depth.inputs()),
    "vit": (lively_vit.subject, lively_vit.inputs()),
}
families = pytest.mark.parametrize("family", CASES)


def measured(
    subject: Subject,
    reference: Subject,
    inputs: Inputs,
    images: Sequence[Inputs] | None = None,
    condition: Condition = PLAIN,
) -> tuple[dict[str, Measurement], list[str]]:
    asked: list[tuple[int, int]] = []

    def lend(count: int, batch: int) -> Sequence[Inputs]:
        asked.append((count, batch))
        return images or ()

    lent = replace(subject, reference=lambda: reference, images=lend if images is not None else None)
    found, notes = PROBE.measure(lent, inputs, condition, images=5)
    assert asked in ([], [(5, condition.batch)])
    return {each.metric: each for each in found}, notes


def numbers(found: dict[str, Measurement]) -> Numbers:
    return {name: each.samples[0] for name, each in found.items()}


@families
def test_the_reference_does_not_drift_from_itself(family: str) -> None:
    make, inputs = CASES[family]
    subject = make()
    found, notes = measured(subject, subject, inputs)
    expected = {"drift_cosine": 1.0, "drift_relative": 0.0, "drift_max_abs": 0.0, "drift_agreement": 1.0}
    assert numbers(found) == expected
    assert "outputs are identical to the reference's" in notes
    assert found["drift_cosine"].interval == found["drift_agreement"].interval == (1.0, 1.0)


@families
def test_a_cut_drifts_further_than_rounding(family: str) -> None:
    make, inputs = CASES[family]
    quantised, cut = make(), make()
    QUANTISE.apply(quantised, scheme="weight-only")
    cut_stack(cut)
    near, told = measured(quantised, make(), inputs)
    far, _ = measured(cut, make(), inputs)
    assert 0 < numbers(near)["drift_relative"] < numbers(far)["drift_relative"]
    assert 1 > numbers(near)["drift_cosine"] > numbers(far)["drift_cosine"]
    assert numbers(near)["drift_agreement"] >= numbers(far)["drift_agreement"]
    assert "outputs are identical to the reference's" not in told


def cut_stack(subject: Subject) -> None:
    stack = next(each for each in subject.anatomy.stacks if each.name == "encoder")
    DROP.apply(subject, stack="encoder", keep="first", count=max(len(stack.taps), len(stack.holder) // 2))


@families
def test_it_is_what_anybody_would_compute_of_the_raw_outputs(family: str) -> None:
    from torchmetrics.functional import cosine_similarity

    make, inputs = CASES[family]
    subject, reference = make(), make()
    cut_stack(subject)
    found, _ = measured(subject, reference, inputs)
    name = {"depth": "predicted_depth"}.get(family, "logits")
    with torch.no_grad():
        ours, theirs = (getattr(each.model(**inputs), name).flatten(1) for each in (subject, reference))
    cosine = float(cosine_similarity(ours.double(), theirs.double(), reduction="mean"))
    apart = float((ours - theirs).abs().max())
    if family == "detr":
        assert numbers(found)["drift_cosine"] <= cosine + 3e-7
        assert numbers(found)["drift_max_abs"] >= apart
    else:
        assert numbers(found)["drift_cosine"] == pytest.approx(cosine, abs=3e-7)
        assert numbers(found)["drift_max_abs"] == pytest.approx(apart, rel=1e-6)
        assert numbers(found)["drift_relative"] == pytest.approx(apart / float(theirs.abs().max()), rel=1e-6)


def test_images_that_all_agree_may_have_been_few() -> None:
    make, inputs = CASES["vit"]
    quantised = make()
    QUANTISE.apply(quantised, scheme="weight-only")
    found, _ = measured(quantised, make(), inputs)
    assert numbers(found)["drift_agreement"] == 1
    low, high = found["drift_agreement"].interval or (0.0, 0.0)
    assert (low, high) == pytest.approx((0.4385, 1.0), abs=1e-4)


def test_limits_stay_within_what_there_can_be() -> None:
    make, inputs = CASES["detr"]
    cut = make()
    cut_stack(cut)
    found, _ = measured(cut, make(), inputs)
    low, high = found["drift_agreement"].interval or (-1.0, 2.0)
    assert 0 <= low <= numbers(found)["drift_agreement"] <= high <= 1


def test_of_several_outputs_the_worst_is_told_and_each_is_noted() -> None:
    subject = lively_detr.subject()
    with torch.no_grad():
        subject.model.get_parameter("bbox_predictor.layers.2.bias").add_(0.5)
    found, notes = measured(subject, lively_detr.subject(), lively_detr.inputs())
    [told] = [note for note in notes if "pred_boxes" in note]
    assert told.startswith("'logits': cosine 1.000000, largest difference 0,")
    assert 0.9 < numbers(found)["drift_cosine"] < 1
    assert f"largest difference {numbers(found)['drift_max_abs']:.3g}" in told


def test_images_come_before_random_inputs() -> None:
    make, inputs = CASES["vit"]
    images = [{"pixel_values": inputs["pixel_values"][:2]}, {"pixel_values": inputs["pixel_values"][2:] + 1}]
    cut = make()
    cut_stack(cut)
    seen, notes = measured(cut, make(), inputs, images, Condition(batch=2))
    assert notes[0] == "drift over 3 calibration images"
    random, words = measured(cut, make(), inputs, [])
    assert words[0] == "drift over 3 random inputs; no calibration images are at hand"
    assert numbers(seen) != numbers(random)
    assert seen["drift_cosine"].interval is not None


def test_random_inputs_can_be_asked_for() -> None:
    make, inputs = CASES["vit"]
    subject = make()
    lent = replace(subject, reference=make, images=lambda count, _: [inputs][:count])
    _, notes = PROBE.measure(lent, inputs, PLAIN, images=0)
    assert notes[0] == "drift over 3 random inputs; no calibration images are asked for"


def test_images_that_a_closed_model_does_not_take_leave_the_random_inputs() -> None:
    make, inputs = CASES["vit"]
    subject = make()

    def closed(**given: Any) -> Any:
        if len(given["pixel_values"]) != 3:
            raise CannotRun("it wants 3 images")
        return subject.model(**given)

    found, notes = measured(
        replace(subject, executable=closed), make(), inputs, [{"pixel_values": inputs["pixel_values"][:1]}]
    )
    assert notes[0] == "drift over 3 random inputs; it was not possible over calibration images: it wants 3 images"
    assert numbers(found)["drift_cosine"] == 1.0


def test_another_number_of_classes_has_no_numbers_and_says_why() -> None:
    make, inputs = CASES["vit"]
    subject = make()
    subject.model.classifier = nn.Linear(lively_vit.HIDDEN, 5)
    found, notes = measured(subject, make(), inputs)
    assert found == {}
    assert notes == ["not comparable with the reference: 'logits' is (3, 5), the reference's (3, 7)"]


def test_another_name_has_no_numbers_and_says_why() -> None:
    make, inputs = CASES["vit"]
    subject = make()
    strange = replace(subject, executable=lambda **given: SimpleNamespace(scores=subject.model(**given).logits))
    found, notes = measured(strange, make(), inputs)
    assert (found, notes) == ({}, ["not comparable with the reference: there is no output 'logits'"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused_with_their_share(value: float) -> None:
    make, inputs = CASES["vit"]
    broken = make()
    with torch.no_grad():
        broken.model.get_parameter("classifier.bias")[2] = value
    with pytest.raises(BadData, match=r"^'logits': 3 of 21 values are not finite \(14\.3 %\)"):
        measured(broken, make(), inputs)
    with pytest.raises(BadData, match=r"^the reference's 'logits': 3 of 21 values"):
        measured(make(), broken, inputs)


def test_without_a_reference_there_is_nothing_to_tell() -> None:
    make, inputs = CASES["vit"]
    with pytest.raises(CannotRun, match="reference"):
        PROBE.measure(make(), inputs, Condition())


def test_half_precision_drifts_from_the_float_model() -> None:
    make, inputs = CASES["vit"]
    half = copy.deepcopy(make())
    half.model.to(torch.bfloat16)
    found, notes = measured(half, make(), inputs, condition=Condition(dtype="bfloat16"))
    assert 0.99 < numbers(found)["drift_cosine"] < 1
    assert "the reference is computed eagerly in float32" in notes


def test_outputs_that_are_not_the_tasks_have_no_agreement() -> None:
    make, inputs = CASES["vit"]
    subject = make()
    strange = replace(subject, family=Depth())  # type: ignore[arg-type]
    found, notes = measured(strange, make(), inputs)
    assert set(found) == {"drift_cosine", "drift_relative", "drift_max_abs"}
    assert notes[-1] == "agreement: these are not the outputs of a model for depth"
    assert DepthFamily.task == Depth.task
