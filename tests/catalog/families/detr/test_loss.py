"""The set loss is transformers' own; imitation is zero for a copy, blind to the order of queries, and teaches."""

import copy
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from benchbench.catalog.families.detr import FAMILY
from benchbench.errors import BenchbenchError, CannotTrain
from tests import lively_detr


def inputs_and_labels() -> tuple[dict[str, Tensor], dict[str, Any]]:
    generator = torch.Generator().manual_seed(3)
    boxes = torch.rand(4, 4, generator=generator) * 0.4 + 0.3
    labels = [{"class_labels": torch.arange(n), "boxes": boxes[:n]} for n in (3, 1)]
    return lively_detr.inputs(), {"labels": labels}


@pytest.mark.parametrize("auxiliary", [True, False])
@pytest.mark.parametrize("grad", [True, False])
def test_the_loss_is_what_the_model_says_when_labels_go_in(auxiliary: bool, grad: bool) -> None:
    model: Any = lively_detr.subject().model
    model.config.auxiliary_loss = auxiliary
    inputs, targets = inputs_and_labels()
    with torch.set_grad_enabled(grad):
        expected = model(**inputs, **targets).loss
        found = FAMILY.loss(model, model(**inputs), targets)

    assert torch.equal(found, expected)


def test_the_gradients_are_those_of_the_model_s_loss_too() -> None:
    model: Any = lively_detr.subject().model
    model.config.auxiliary_loss = True
    inputs, targets = inputs_and_labels()
    parameters = [tensor for tensor in model.parameters() if tensor.requires_grad]
    expected = torch.autograd.grad(model(**inputs, **targets).loss, parameters, allow_unused=True)
    found = torch.autograd.grad(FAMILY.loss(model, model(**inputs), targets), parameters, allow_unused=True)

    assert sum(each is not None for each in expected) > 100
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_a_shorter_decoder_has_fewer_auxiliary_losses() -> None:
    model: Any = lively_detr.subject().model
    model.config.auxiliary_loss = True
    stack = FAMILY.anatomy(model).stack("decoder")
    del stack.holder[2:]
    stack.counted(2)
    inputs, targets = inputs_and_labels()

    assert torch.equal(FAMILY.loss(model, model(**inputs), targets), model(**inputs, **targets).loss)


def test_outputs_that_were_cast_still_have_the_decoder_s_layers() -> None:
    from accelerate.utils import convert_to_fp32

    model: Any = lively_detr.subject().model
    model.config.auxiliary_loss = True
    inputs, targets = inputs_and_labels()
    outputs = model(**inputs)

    assert torch.equal(FAMILY.loss(model, convert_to_fp32(outputs), targets), FAMILY.loss(model, outputs, targets))


def test_a_model_that_has_run_can_be_copied_and_saved() -> None:
    model: Any = lively_detr.subject().model
    names = set(model.state_dict())
    model.config.auxiliary_loss = True
    inputs, targets = inputs_and_labels()
    torch.autograd.backward(FAMILY.loss(model, model(**inputs), targets))
    again: Any = copy.deepcopy(model)

    assert set(again.state_dict()) == names
    assert torch.equal(FAMILY.loss(again, again(**inputs), targets), model(**inputs, **targets).loss)


def test_outputs_without_the_decoder_s_layers_are_told() -> None:
    model: Any = lively_detr.subject().model
    inputs, targets = inputs_and_labels()
    model.config.auxiliary_loss = False
    outputs = model(**inputs)
    model.config.auxiliary_loss = True
    with pytest.raises(BenchbenchError, match="lack the decoder's layers"):
        FAMILY.loss(model, outputs, targets)


def outputs(seed: int, queries: int = 7, classes: int = 5, images: int = 2) -> Any:
    """Predictions of which some are sure to be objects and some are not."""
    generator = torch.Generator().manual_seed(seed)
    logits = 4 * torch.randn(images, queries, classes + 1, generator=generator)
    boxes = torch.rand(images, queries, 4, generator=generator) * 0.4 + 0.3
    return SimpleNamespace(logits=logits.requires_grad_(), pred_boxes=boxes.requires_grad_())


def reordered(of: Any, order: Sequence[int]) -> Any:
    return SimpleNamespace(logits=of.logits[:, list(order)], pred_boxes=of.pred_boxes[:, list(order)])


def test_a_copy_of_the_teacher_has_nothing_to_learn_whatever_the_order_of_its_queries() -> None:
    teacher = outputs(0)
    other = outputs(1)

    assert FAMILY.imitation(teacher, teacher).item() == pytest.approx(0, abs=1e-5)
    assert FAMILY.imitation(reordered(teacher, [3, 0, 6, 1, 5, 2, 4]), teacher).item() == pytest.approx(0, abs=1e-5)
    first, second = (FAMILY.imitation(each, teacher) for each in (other, reordered(other, [3, 0, 6, 1, 5, 2, 4])))
    torch.testing.assert_close(first, second)
    assert first > 0.5


def test_boxes_matter_as_far_as_the_teacher_sees_an_object() -> None:
    teacher = outputs(0, images=1)
    with torch.no_grad():
        teacher.logits[0, :, -1] = torch.tensor([-9.0, 30, 30, 30, 30, 30, 30])
    moved = [teacher.pred_boxes.detach().clone() for _ in range(2)]
    moved[0][0, 0, :2] += 0.2
    moved[1][0, 1, :2] += 0.2
    seen, unseen = (
        FAMILY.imitation(SimpleNamespace(logits=teacher.logits, pred_boxes=each), teacher).item() for each in moved
    )

    assert seen > 1
    assert unseen == pytest.approx(0, abs=1e-4)


def test_descending_it_makes_the_student_s_predictions_the_teacher_s() -> None:
    teacher, student = outputs(0), outputs(1)
    optimiser = torch.optim.Adam([student.logits, student.pred_boxes], lr=0.05)
    start = FAMILY.imitation(student, teacher).item()
    for _ in range(60):
        optimiser.zero_grad()
        torch.autograd.backward(FAMILY.imitation(student, teacher))
        optimiser.step()

    assert teacher.logits.grad is None
    assert FAMILY.imitation(student, teacher).item() < 0.3 * start


@pytest.mark.parametrize("queries", [4, 9])
def test_the_student_may_have_another_number_of_queries(queries: int) -> None:
    assert FAMILY.imitation(outputs(1, queries=queries), outputs(0)).isfinite()


@pytest.mark.parametrize(
    ("other", "words"), [({"classes": 4}, "6 classes apart, the student 5"), ({"images": 1}, "2 images")]
)
def test_a_teacher_of_other_things_is_refused(other: dict[str, int], words: str) -> None:
    with pytest.raises(CannotTrain, match=words):
        FAMILY.imitation(outputs(1, **other), outputs(0))
