"""Losses against formulas written out in NumPy, their invariances, and what they refuse."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from benchbench.catalog.depth.loss import aligned, imitation, loss, relative_loss, silog_loss
from benchbench.errors import BadData, CannotTrain
from training.depth.loss import depth_loss

Array = NDArray[np.float64]
RELATIVE = SimpleNamespace(config=SimpleNamespace(depth_estimation_type="relative", max_depth=1))
METRIC = SimpleNamespace(config=SimpleNamespace(depth_estimation_type="metric", max_depth=20))


def maps(seed: int, count: int = 3, holes: float = 0.3) -> tuple[Tensor, Tensor, Tensor]:
    """Prediction, depth and valid mask of `count` pictures of 12x17; what is invalid is nonsense in both maps."""
    generator = torch.Generator().manual_seed(seed)
    shape = (count, 12, 17)
    valid = torch.rand(shape, generator=generator) >= holes
    depth = torch.rand(shape, generator=generator) * 8 + 0.5
    prediction = (0.7 * depth.reciprocal() + 0.3 * torch.rand(shape, generator=generator)).where(
        valid, torch.tensor(9e5)
    )
    return prediction, depth.where(valid, torch.tensor(0.0)), valid


def outputs(prediction: Tensor) -> Any:
    return SimpleNamespace(predicted_depth=prediction)


def written_out(prediction: Tensor, depth: Tensor, valid: Tensor) -> float:
    """The relative loss pixel by pixel."""
    errors: list[float] = []
    bounds: list[float] = []
    edges: tuple[list[float], list[float]] = ([], [])
    for raw, far, mask in zip(prediction.double().numpy(), depth.double().numpy(), valid.numpy(), strict=True):
        wanted = np.where(mask, 1 / np.where(mask, far, 1), 1)
        x, y = raw[mask], wanted[mask]
        scale = ((x - x.mean()) * (y - y.mean())).mean() / (x.var() + 1e-4)
        fitted = scale * (raw - x.mean()) + y.mean()
        errors += list(np.abs(np.log(np.maximum(fitted, 1 / 20)[mask]) - np.log(y)))
        ratio = np.abs(x / y - 1)
        bounds += list(np.where(ratio < 0.1, 0.5 * ratio**2 / 0.1, ratio - 0.05))
        relative = (fitted - wanted) / wanted
        for axis, found in enumerate(edges):
            both = np.logical_and(*(np.delete(mask, end, axis) for end in (0, -1)))
            found += list(np.abs(np.diff(relative, axis=axis))[both])
    return float(np.mean(errors) + 0.5 * (np.mean(edges[0]) + np.mean(edges[1])) + 0.3 * np.mean(bounds))


@pytest.mark.parametrize("holes", [0.0, 0.3, 0.8])
def test_the_relative_loss_is_its_formula_over_valid_pixels(holes: float) -> None:
    prediction, depth, valid = maps(0, holes=holes)

    assert relative_loss(prediction, depth, valid).item() == pytest.approx(
        written_out(prediction, depth, valid), rel=1e-4
    )


def test_without_holes_it_is_the_loss_the_stand_in_was_trained_by() -> None:
    prediction, depth, valid = maps(1, holes=0)
    leaf = prediction.requires_grad_()
    ours, theirs = relative_loss(leaf, depth, valid), depth_loss(leaf, depth, 0.3)
    gradients = [torch.autograd.grad(each, leaf)[0] for each in (ours, theirs)]

    assert torch.equal(ours, theirs)
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-8)


def test_what_is_not_valid_has_no_say_and_gets_no_gradient() -> None:
    prediction, depth, valid = maps(2)
    other = prediction.where(valid, torch.rand(prediction.shape)).requires_grad_()
    found = relative_loss(other, depth.where(valid, torch.tensor(torch.nan)), valid)

    torch.testing.assert_close(found, relative_loss(prediction, depth, valid))
    (gradient,) = torch.autograd.grad(found, other)
    assert gradient.isfinite().all()
    assert (gradient[~valid] == 0).all()
    assert gradient[valid].abs().mean() > 1e-5


@given(st.floats(0.2, 5), st.floats(-2, 2))
def test_scale_and_shift_matter_to_the_anchor_alone(scale: float, shift: float) -> None:
    prediction, depth, valid = maps(3)
    prediction = prediction.double()
    first, second = (relative_loss(each, depth.double(), valid, 0) for each in (prediction, scale * prediction + shift))

    # The fit's guard against flat maps is what is left: 1e-4 beside the map's variance.
    assert second.item() == pytest.approx(first.item(), rel=0.05)


def test_alignment_is_the_least_squares_fit() -> None:
    prediction, depth, valid = maps(4, count=1)
    wanted = depth.where(valid, torch.tensor(1.0)).reciprocal()
    x, y = prediction[valid].numpy().astype(float), wanted[valid].numpy()
    slope, shift = np.polyfit(x, y, 1)
    found = aligned(prediction, wanted, valid)[valid]

    np.testing.assert_allclose(found.numpy(), slope * x + shift, atol=5e-3)


def test_far_pictures_are_not_cut_at_the_size_of_a_room() -> None:
    depth = torch.linspace(1, 80, 200).view(1, 10, 20)
    valid = torch.ones_like(depth, dtype=torch.bool)
    exact = depth.reciprocal()

    assert relative_loss(exact, depth, valid).item() < 0.06


def test_the_metric_loss_is_the_silog_of_valid_pixels() -> None:
    prediction, depth, valid = maps(5)
    d = np.log(depth[valid].double().numpy()) - np.log(prediction[valid].double().numpy())

    assert silog_loss(prediction, depth, valid).item() == pytest.approx(
        np.sqrt((d**2).mean() - 0.5 * d.mean() ** 2), rel=1e-5
    )


def test_an_exact_or_vanishing_metric_prediction_has_a_finite_gradient() -> None:
    _, depth, valid = maps(5)
    for start in (depth.clone(), torch.zeros_like(depth)):
        leaf = start.requires_grad_()
        (gradient,) = torch.autograd.grad(silog_loss(leaf, depth, valid), leaf)
        assert gradient.isfinite().all()


def test_the_model_s_kind_decides_and_the_prediction_comes_to_the_truth_s_size() -> None:
    prediction, depth, valid = maps(6)
    small = outputs(prediction.where(valid, torch.tensor(0.3))[:, ::2, ::2])
    fine = interpolate(small.predicted_depth[:, None], (12, 17), mode="bilinear", align_corners=True)
    goal = {"depth": depth, "valid": valid}

    assert torch.equal(loss(RELATIVE, small, goal), relative_loss(fine[:, 0], depth, valid))
    assert torch.equal(loss(METRIC, small, goal), silog_loss(fine[:, 0], depth, valid))


def test_a_metric_head_is_not_asked_for_what_lies_beyond_its_range() -> None:
    prediction, depth, valid = maps(7)
    goal = {"depth": depth.where(depth < 4, torch.tensor(90.0)), "valid": valid}

    assert torch.equal(loss(METRIC, outputs(prediction), goal), silog_loss(prediction, depth, valid & (depth < 4)))


@pytest.mark.parametrize(
    ("model", "words"), [(RELATIVE, "no valid depth in picture 1 of"), (METRIC, "within 20 m in picture 0, 1 of")]
)
def test_a_picture_without_valid_depth_is_told(model: Any, words: str) -> None:
    prediction, depth, valid = maps(8)
    valid[1] = False
    depth[0] = 25.0
    with pytest.raises(BadData, match=words):
        loss(model, outputs(prediction), {"depth": depth, "valid": valid})


def test_a_copy_of_the_teacher_has_nothing_to_learn_and_order_and_scale_do() -> None:
    teacher = torch.rand(2, 12, 17, generator=torch.Generator().manual_seed(0))
    exact, scaled, reversed_, flat = (
        imitation(outputs(each), outputs(teacher)).item()
        for each in (teacher, 2 * teacher + 1, 1 - teacher, torch.full_like(teacher, 0.5))
    )

    assert exact == pytest.approx(0, abs=0.01)
    assert 0.3 < scaled < 2.5
    assert flat == pytest.approx(1.3, rel=0.05)
    assert exact < reversed_


def test_imitation_is_measured_in_the_teacher_s_own_spread() -> None:
    generator = torch.Generator().manual_seed(1)
    teacher, noise = (torch.rand(1, 12, 17, generator=generator) for _ in range(2))
    first, second = (imitation(outputs(unit * (teacher + noise)), outputs(unit * teacher)).item() for unit in (1, 50))

    assert second == pytest.approx(first, rel=0.01)


def test_descending_it_makes_a_student_of_another_size_the_teacher() -> None:
    generator = torch.Generator().manual_seed(2)
    teacher = outputs(interpolate(torch.rand(2, 1, 3, 3, generator=generator), (12, 17))[:, 0])
    teacher.predicted_depth.requires_grad_()
    student = outputs(torch.rand(2, 24, 34, generator=generator).requires_grad_())
    optimiser = torch.optim.Adam([student.predicted_depth], lr=0.02)
    start = imitation(student, teacher).item()
    for _ in range(100):
        optimiser.zero_grad()
        torch.autograd.backward(imitation(student, teacher))
        optimiser.step()

    assert imitation(student, teacher).item() < 0.2 * start
    assert teacher.predicted_depth.grad is None


def test_a_teacher_of_other_pictures_is_refused() -> None:
    with pytest.raises(CannotTrain, match="2 depth maps for a student's 3"):
        imitation(outputs(torch.rand(3, 4, 4)), outputs(torch.rand(2, 4, 4)))
