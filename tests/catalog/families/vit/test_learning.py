"""Targets, losses and predictions: against PyTorch's own, and against sums written out."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from benchbench.catalog.contracts import Sample
from benchbench.catalog.families.vit import FAMILY
from benchbench.errors import BadData, CannotTrain
from tests.lively_vit import inputs, subject

IMAGE = np.zeros((4, 4, 3), np.uint8)


def sample(label: int, **more: int) -> Sample:
    return Sample(3, IMAGE, {name: np.int64(value) for name, value in {"label": label, **more}.items()})  # type: ignore[misc]


class Outputs:
    def __init__(self, logits: Any, apart: Any = None, own: Any = None) -> None:
        self.logits = torch.as_tensor(logits, dtype=torch.float64)
        if apart is not None:
            self.distillation_logits, self.cls_logits = torch.as_tensor(apart), torch.as_tensor(own)


def test_labels_become_indices() -> None:
    found = FAMILY.targets([sample(2), sample(6, classes=7)], subject().model)["labels"]
    assert found.tolist() == [2, 6]
    assert found.dtype == torch.int64


def test_classes_that_differ_in_number_name_both() -> None:
    with pytest.raises(BadData, match="the dataset has 20 classes, the model tells 7 apart"):
        FAMILY.targets([sample(2, classes=20)], subject().model)


@pytest.mark.parametrize("label", [7, -1])
def test_a_class_the_model_does_not_know_names_the_image(label: int) -> None:
    with pytest.raises(BadData, match=f"image 3 is of class {label}, the model tells 7 apart"):
        FAMILY.targets([sample(label)], subject().model)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_the_loss_is_transformers_own(seed: int) -> None:
    labels = torch.randint(7, (3,), generator=torch.Generator().manual_seed(seed))
    model = subject().model
    with torch.no_grad():
        outputs = model(**inputs(), labels=labels)
        assert FAMILY.loss(model, outputs, {"labels": labels}) == outputs.loss


def test_the_token_of_the_class_hears_the_truth_and_the_other_the_teacher() -> None:
    model = subject(distilled=True).model
    outputs, labels = model(**inputs()), torch.tensor([1, 2, 3])
    heads = [model.get_parameter(f"{name}.weight") for name in ("cls_classifier", "distillation_classifier")]
    truth = torch.autograd.grad(
        FAMILY.loss(model, outputs, {"labels": labels}), heads, retain_graph=True, allow_unused=True
    )
    taught = torch.autograd.grad(FAMILY.imitation(outputs, subject().model(**inputs())), heads, allow_unused=True)
    reached = [[gradient is not None for gradient in gradients] for gradients in (truth, taught)]
    assert reached == [[True, False], [False, True]]


@given(st.integers(0, 10_000))
def test_imitation_is_the_divergence_from_the_teacher(seed: int) -> None:
    generator = np.random.default_rng(seed)
    own, its = generator.normal(size=(2, 4, 5)) * 3
    shares = softmax(its, axis=1)
    expected = (shares * (log_softmax(its, axis=1) - log_softmax(own, axis=1))).sum() / 4
    found = FAMILY.imitation(Outputs(own), Outputs(its))
    assert float(found) == pytest.approx(expected, rel=1e-9)
    assert float(FAMILY.imitation(Outputs(its), Outputs(its))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("shape", "words"), [((3, 4), "4 classes apart, the student 5"), ((2, 5), "2 images")])
def test_a_teacher_that_does_not_fit(shape: tuple[int, int], words: str) -> None:
    with pytest.raises(CannotTrain, match=words):
        FAMILY.imitation(Outputs(np.zeros((3, 5))), Outputs(np.zeros(shape)))


@pytest.mark.parametrize("distilled", [False, True])
def test_predictions_are_the_logits(distilled: bool) -> None:
    model = subject(distilled).model
    outputs = model(**inputs())
    found = FAMILY.predict(model, outputs, [(4, 4)] * 3)
    assert len(found) == 3
    assert found[0]["logits"].dtype == np.float32
    expected = (outputs.cls_logits + outputs.distillation_logits) / 2 if distilled else outputs.logits
    np.testing.assert_allclose(np.stack([each["logits"] for each in found]), expected.detach().numpy(), rtol=1e-6)
    with pytest.raises(ValueError, match="2 image sizes for 3 outputs"):
        FAMILY.predict(model, outputs, [(4, 4)] * 2)
