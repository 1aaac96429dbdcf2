"""Distances between outputs: laws by Hypothesis, cosine by torchmetrics, boxes against torch-free hand counts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchbench.catalog.formulas.output_drift import (
    apart,
    cosines,
    gathered,
    joined,
    overlaps,
    same_classes,
    same_depths,
    same_detections,
)

VALUES = st.floats(-1e6, 1e6, width=32)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3))


@st.composite
def two(draw: st.DrawFn) -> tuple[Any, Any]:
    shape = draw(SHAPES)
    one, other = (draw(arrays(np.float32, shape, elements=VALUES)) for _ in range(2))
    return one.astype(np.float64), other.astype(np.float64)


@given(two())
def test_an_output_is_nowhere_apart_from_itself(pair: tuple[Any, Any]) -> None:
    found = apart(pair[0], pair[0])
    assert found.cosines.tolist() == [1.0] * len(pair[0])
    assert (found.largest, found.relative, found.identical) == (0.0, 0.0, True)


@given(two())
def test_neither_side_comes_first(pair: tuple[Any, Any]) -> None:
    there, back = apart(*pair), apart(*pair[::-1])
    np.testing.assert_allclose(there.cosines, back.cosines, rtol=0, atol=1e-15)
    assert there.largest == back.largest
    assert (np.abs(there.cosines) <= 1).all()
    assert there.identical == np.array_equal(*pair)


@given(two(), st.floats(1e-30, 1e30))
def test_the_unit_changes_the_largest_difference_alone(pair: tuple[Any, Any], unit: float) -> None:
    plain, scaled = apart(*pair), apart(*(each * unit for each in pair))
    np.testing.assert_allclose(scaled.cosines, plain.cosines, rtol=0, atol=1e-12)
    assert scaled.largest == pytest.approx(plain.largest * unit, rel=1e-12)
    if plain.scale:
        assert scaled.relative == pytest.approx(plain.relative, rel=1e-12)


@given(two())
def test_batches_make_no_difference(pair: tuple[Any, Any]) -> None:
    whole = apart(*pair)
    parts = joined([apart(one[None], other[None]) for one, other in zip(*pair, strict=True)])
    np.testing.assert_array_equal(parts.cosines, whole.cosines)
    assert parts[1:] == whole[1:]


@pytest.mark.parametrize("seed", range(5))
def test_torchmetrics_says_the_same(seed: int) -> None:
    import torch
    from torchmetrics.functional import cosine_similarity

    generator = np.random.default_rng(seed)
    found, expected = generator.normal(1, 2, (2, 6, 50))
    theirs = cosine_similarity(torch.from_numpy(found), torch.from_numpy(expected), reduction="none")
    # It computes in float32, whatever it is given.
    np.testing.assert_allclose(cosines(found, expected), theirs.numpy(), rtol=0, atol=3e-7)


def test_rows_of_zeros_are_like_each_other_and_like_nothing_else() -> None:
    zeros, ones = np.zeros((1, 4)), np.ones((1, 4))
    assert cosines(zeros, zeros).tolist() == [1.0]
    assert cosines(zeros, ones).tolist() == cosines(ones, zeros).tolist() == [0.0]
    assert cosines(-ones, ones).tolist() == [-1.0]


def test_tiny_values_have_an_angle_too() -> None:
    tiny = np.array([[1e-200, 0.0], [1e-200, 1e-200]])
    np.testing.assert_allclose(cosines(tiny, np.array([[1.0, 0.0], [1.0, 0.0]])), [1, 0.5**0.5])


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\) against \(3, 2\)"):
        apart(np.zeros((2, 3)), np.zeros((3, 2)))


def test_classes_that_come_first() -> None:
    found = same_classes(np.array([[3.0, 1, 2], [0, 5, 1], [1, 1, 0]]), np.array([[9.0, 1, 2], [7, 5, 1], [1, 1, 0]]))
    assert found.shared.tolist() == [1, 0, 1]
    assert found.share == pytest.approx(2 / 3)


def logits(*classes: int) -> Any:
    """One image whose queries decide so; class 2 is no object."""
    return np.eye(3)[list(classes)][None]


def boxes(*centres: float) -> Any:
    return np.array([[[x, 0.5, 0.2, 0.2] for x in centres]])


def test_detections_are_counted_where_either_sees_an_object() -> None:
    found = same_detections(
        (logits(0, 1, 2, 0, 2), logits(0, 0, 2, 0, 1)),
        (boxes(0.3, 0.3, 0.3, 0.3, 0.3), boxes(0.3, 0.3, 0.9, 0.5, 0.3)),
    )
    assert (found.shared.tolist(), found.made.tolist()) == ([1], [4])


def test_half_of_the_union_is_the_same_box() -> None:
    third = 0.2 / 3
    for offset, same in ((third * 0.999, 1), (third * 1.001, 0)):
        found = same_detections((logits(0), logits(0)), (boxes(0.3 + offset), boxes(0.3)))
        assert found.shared.tolist() == [same]


def test_nothing_seen_by_either_is_no_difference() -> None:
    found = same_detections((logits(2, 2), logits(2, 2)), (boxes(0.1, 0.1), boxes(0.9, 0.9)))
    assert (found.made.tolist(), found.share) == ([0], 1.0)


@given(arrays(np.float64, (6, 4), elements=st.floats(0, 1)), arrays(np.float64, (6, 4), elements=st.floats(0, 1)))
def test_overlaps_are_those_of_pycocotools(one: Any, other: Any) -> None:
    mask = pytest.importorskip("pycocotools.mask")
    corners = [np.concatenate([box[:, :2] - box[:, 2:] / 2, box[:, 2:]], axis=1) for box in (one, other)]
    sized = (one[:, 2:] > 1e-6).all(1) & (other[:, 2:] > 1e-6).all(1)
    theirs = np.diagonal(mask.iou(*corners, [0] * 6))
    np.testing.assert_allclose(overlaps(one, other)[sized], theirs[sized], atol=1e-9)


def test_depths_within_a_quarter() -> None:
    expected = np.array([[[4.0, 4.0, 4.0, 0.0, 0.0, -1.0]]])
    found = same_depths(np.array([[[4.99, 5.0, 3.21, 0.0, 0.1, -1.1]]]), expected)
    assert (found.shared.tolist(), found.made.tolist()) == ([3], [6])


def test_counts_of_batches_are_put_end_to_end() -> None:
    one = same_classes(np.eye(3), np.eye(3))
    whole = gathered([one, same_classes(np.eye(3), np.eye(3)[::-1])])
    assert whole.shared.tolist() == [1, 1, 1, 0, 1, 0]
    assert whole.share == pytest.approx(4 / 6)
