"""Maps out at the picture's own size; true maps in, checked."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from benchbench.catalog.contracts import Sample
from benchbench.catalog.depth.maps import predict, targets
from benchbench.errors import BadData


def sample(depth: Any, valid: Any = None, size: tuple[int, int] | None = None, number: int = 3) -> Sample:
    depth = np.array(depth, np.float32)
    valid = np.ones(depth.shape, bool) if valid is None else np.array(valid, bool)
    image = np.zeros((*(size or depth.shape), 3), np.uint8)
    return Sample(id=number, image=image, target={"depth": depth, "valid": valid})


def test_maps_come_to_the_picture_s_size_with_their_corners_kept() -> None:
    maps = torch.tensor([[[0.0, 2.0], [4.0, 6.0]], [[1.0, 1.0], [1.0, 1.0]]], requires_grad=True)
    first, second = predict(SimpleNamespace(predicted_depth=maps), [(3, 5), (2, 2)])

    np.testing.assert_allclose(first["output"], [[0, 0.5, 1, 1.5, 2], [2, 2.5, 3, 3.5, 4], [4, 4.5, 5, 5.5, 6]])
    assert first["output"].dtype == np.float32
    assert second["output"].tolist() == [[1, 1], [1, 1]]
    with pytest.raises(ValueError, match="1 image sizes for 2"):
        predict(SimpleNamespace(predicted_depth=maps), [(3, 5)])


def test_targets_are_stacked_and_invalid_depth_is_zero() -> None:
    found = targets([sample([[1, np.nan]], [[True, False]]), sample([[2, 3]])])

    assert found["depth"].tolist() == [[[1, 0]], [[2, 3]]]
    assert found["valid"].tolist() == [[[True, False]], [[True, True]]]
    assert (found["depth"].dtype, found["valid"].dtype) == (torch.float32, torch.bool)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (sample([[1.0, 2.0]], size=(2, 2)), r"image 3 is \(2, 2\), its depth map \(1, 2\)"),
        (sample([[1.0, 2.0]], [[True], [True]]), r"its valid mask \(2, 1\)"),
        (sample([[1.0, 2.0]], [[False, False]]), "image 3 has no valid depth"),
        (sample([[1.0, 0.0]]), "not a positive number"),
        (sample([[1.0, np.nan]]), "not a positive number"),
        (sample([[1.0, np.inf]]), "not a positive number"),
        (Sample(3, np.zeros((1, 2, 3), np.uint8), {"points": np.zeros((1, 2, 2))}), "image 3 has no depth map"),
    ],
)
def test_samples_that_must_not_be_trained_on(bad: Sample, words: str) -> None:
    with pytest.raises(BadData, match=words):
        targets([sample([[1.0, 2.0]], number=2), bad])


def test_depth_maps_of_different_sizes_do_not_make_a_batch() -> None:
    with pytest.raises(BadData, match="1x2, 2x1") as caught:
        targets([sample([[1.0, 2.0]]), sample([[1.0], [2.0]])])
    assert "batch: 1" in caught.value.hint
