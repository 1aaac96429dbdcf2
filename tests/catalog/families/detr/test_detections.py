"""Boxes and categories, there and back."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from benchbench.catalog.contracts import Sample
from benchbench.catalog.families.detr import FAMILY
from benchbench.errors import BadData


def sample(boxes: Sequence[Sequence[float]], categories: list[int], crowd: list[int] | None = None) -> Sample:
    target: dict[str, Any] = {"boxes": np.array(boxes, float).reshape(-1, 4), "categories": np.array(categories, int)}
    if crowd is not None:
        target["crowd"] = np.array(crowd)
    return Sample(id=3, image=np.zeros((40, 80, 3), np.uint8), target=target)


def configured(num_labels: int, category_ids: list[int] | None = None) -> Any:
    config = SimpleNamespace(num_labels=num_labels)
    if category_ids:
        config.category_ids = category_ids
    return SimpleNamespace(config=config)


def outputs(logits: list[list[float]], boxes: list[list[float]]) -> Any:
    return SimpleNamespace(logits=torch.tensor([logits]), pred_boxes=torch.tensor([boxes]))


def test_every_query_gives_its_best_class_that_is_not_no_object() -> None:
    found = FAMILY.predict(
        configured(2),
        outputs([[1.0, 2.0, 9.0], [3.0, 0.0, 0.0]], [[0.5, 0.5, 0.5, 0.25], [0.25, 0.5, 0.5, 1.0]]),
        [(40, 80)],
    )[0]
    total = np.exp(1) + np.exp(2) + np.exp(9)

    np.testing.assert_allclose(found["boxes"], [[20, 15, 40, 10], [0, 0, 40, 40]], atol=1e-5)
    np.testing.assert_allclose(found["scores"], [np.exp(2) / total, np.exp(3) / (np.exp(3) + 2)], rtol=1e-6)
    assert found["categories"].tolist() == [2, 1]
    assert {name: str(found[name].dtype) for name in found} == {
        "boxes": "float32",
        "scores": "float32",
        "categories": "int64",
    }


def test_each_image_of_a_batch_has_its_own_size_and_labels() -> None:
    logits = torch.tensor([[[4.0, 0, 0]], [[0, 4.0, 0]]], requires_grad=True)
    both = SimpleNamespace(logits=logits, pred_boxes=torch.tensor([[[0.5, 0.5, 0.5, 0.25]]] * 2, requires_grad=True))
    first, second = FAMILY.predict(configured(2, [7, 9]), both, [(40, 80), (8, 4)])
    assert (first["boxes"].tolist(), second["boxes"].tolist()) == ([[20, 15, 40, 10]], [[1, 3, 2, 2]])
    assert (first["categories"].tolist(), second["categories"].tolist()) == ([7], [9])
    assert first["scores"] == second["scores"] == logits.softmax(-1).max()


@pytest.mark.parametrize(
    ("model", "category"), [(configured(91), 1), (configured(5), 2), (configured(3, [7, 18, 90]), 18)]
)
def test_label_one_in_each_numbering(model: Any, category: int) -> None:
    logits = [0.0] * (model.config.num_labels + 1)
    logits[1] = 5.0
    found = FAMILY.predict(model, outputs([logits], [[0.5, 0.5, 0.1, 0.1]]), [(10, 10)])[0]
    labels = FAMILY.targets([sample([[1, 1, 2, 2]], [category])], model)["labels"]

    assert found["categories"].tolist() == [category]
    assert labels[0]["class_labels"].tolist() == [1]


def test_sizes_must_match_the_outputs() -> None:
    with pytest.raises(ValueError, match="0 image sizes"):
        FAMILY.predict(configured(1), outputs([[0.0, 0.0]], [[0.5, 0.5, 0.1, 0.1]]), [])


def test_targets_are_centred_and_relative_to_the_image() -> None:
    label = FAMILY.targets([sample([[8, 4, 16, 8]], [44])])["labels"][0]

    torch.testing.assert_close(label["boxes"], torch.tensor([[0.2, 0.2, 0.2, 0.2]]))
    assert label["class_labels"].tolist() == [44]


def test_crowds_and_boxes_without_area_are_left_out() -> None:
    boxes = [[8, 4, 16, 8], [0, 0, 5, 5], [90, 4, 5, 5], [70, 30, 20, 20]]
    label = FAMILY.targets([sample(boxes, [1, 2, 3, 4], crowd=[0, 1, 0, 0])])["labels"][0]

    assert label["class_labels"].tolist() == [1, 4]
    torch.testing.assert_close(label["boxes"][1], torch.tensor([75 / 80, 35 / 40, 10 / 80, 10 / 40]))


def test_an_image_without_objects() -> None:
    label = FAMILY.targets([sample([], [])])["labels"][0]

    assert label["boxes"].shape == (0, 4)
    assert label["class_labels"].shape == (0,)


def test_a_category_that_the_model_does_not_know() -> None:
    with pytest.raises(BadData, match="image 3 has category 6"):
        FAMILY.targets([sample([[1, 1, 2, 2]], [6])], configured(5))


def test_the_targets_make_the_model_compute_a_loss_that_learns(model: Any) -> None:
    samples = [sample([[8, 4, 16, 8], [0, 0, 40, 20]], [1, 5]), sample([], [])]
    batch = FAMILY.collate([FAMILY.prepare(each.image, shorter=40, longer=80) for each in samples])
    loss = model(**batch, **FAMILY.targets(samples, model)).loss
    loss.backward()

    assert torch.isfinite(loss)
    assert model.model.backbone.model.encoder.stages[3].layers[0].layer[0].convolution.weight.grad.abs().sum() > 0
    assert model.model.backbone.model.encoder.stages[0].layers[0].layer[0].convolution.weight.grad is None
