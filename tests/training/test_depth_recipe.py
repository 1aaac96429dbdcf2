"""The recipe of the depth stand-in at the smallest size at which its promises can be checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from training.depth import data, evaluation, ship
from training.depth.card import Plateau
from training.depth.loss import aligned, depth_loss
from training.depth.model import normalised, trainable
from training.depth.recipe import Recipe
from training.depth.train import Run

TINY = Recipe(
    width=16,
    layers=4,
    heads=2,
    taps=(1, 2, 3, 4),
    neck=(4, 4, 8, 8),
    fusion=4,
    batch=4,
    steps=6,
    warm_up=1,
    held_out=3,
    evaluate_every=3,
    save_every=2,
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As the recipe runs; more threads on models this small wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    one, again, other = data.batch(3, 5, 2), data.batch(3, 5, 2), data.batch(3, 6, 2)

    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[1], other[1])


def test_held_out_rooms_are_seen_by_no_step() -> None:
    held, _ = evaluation.held_out(TINY)
    seen = torch.cat([data.rooms(TINY.seed, 0, 20)[0], data.batch(TINY.seed, 0, 4)[0]])

    assert not any(torch.equal(a, b) for a in held for b in seen)


def test_the_model_starts_alive() -> None:
    images, depths = data.batch(1, 0, 2)
    out = trainable(Recipe())(pixel_values=normalised(images)).predicted_depth

    assert out.shape == depths.shape
    assert out.mean().item() == pytest.approx(0.4, abs=0.2)


def test_a_perfect_prediction_up_to_scale_and_shift_has_no_loss() -> None:
    _, depths = data.rooms(1, 0, 2)
    wanted = depths.reciprocal()
    prediction = 3 * wanted + 0.2

    assert torch.allclose(aligned(prediction, wanted), wanted, atol=5e-3)
    assert depth_loss(prediction, depths, 0.0).item() < 0.02 < depth_loss(wanted.flip(1), depths, 0.0).item()


def test_an_interrupted_run_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    whole = Run(TINY, tmp_path / "whole")
    whole.finish()
    with pytest.raises(KeyboardInterrupt):
        _Halfway(TINY, tmp_path / "parts").finish()
    again = Run(TINY, tmp_path / "parts")
    again.finish()

    mine, theirs = again.model.state_dict(), whole.model.state_dict()
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)


class _Halfway(Run):
    """A run whose power fails after the third step."""

    def _step(self) -> float:
        if self.progress.step == 3:
            raise KeyboardInterrupt
        return super()._step()


class _Fixed:
    """A model whose output is known: the disparity, scaled, shifted and disturbed."""

    def __init__(self, depths: Tensor) -> None:
        noise = torch.rand(depths.shape, generator=torch.Generator().manual_seed(1))
        self.predicted_depth = 3 / depths + 0.5 * noise + 7

    def __call__(self, pixel_values: Tensor) -> Any:
        assert len(pixel_values) == len(self.predicted_depth)
        return self

    def eval(self) -> None: ...

    def train(self) -> None: ...


def test_the_errors_are_those_of_an_independent_reading() -> None:
    rooms = data.rooms(1, 0, 3)
    model = _Fixed(rooms[1])
    found = evaluation.depth_errors(cast("Any", model), rooms)
    errors = []
    for output, depth in zip(model.predicted_depth.double().numpy(), rooms[1].double().numpy(), strict=True):
        scale, shift = np.polyfit(output.ravel(), 1 / depth.ravel(), 1)
        back = 1 / np.maximum(scale * output + shift, 1 / 10)
        errors.append(np.mean(np.abs(back - depth) / depth))

    assert found["AbsRel"] == pytest.approx(np.mean(errors), rel=1e-5)


def test_what_is_shipped_is_what_was_trained(tmp_path: Path) -> None:
    Run(TINY, tmp_path / "work").finish()
    shipped = ship.ship(TINY, tmp_path / "work", tmp_path / "into", True)
    text = (tmp_path / "into" / "card.md").read_text(encoding="utf-8")

    assert f"{shipped.parameters:,} parameters" in text
    assert f"AbsRel {shipped.scores['AbsRel']:.4f}" in text
    assert "The run is complete." in text
    assert "the end again: 1 more steps" in text


def test_a_gain_is_no_plateau() -> None:
    assert "NOT a plateau" in str(Plateau(10, 1e-4, 0.1, 0.09))
    assert "-0.0010: a plateau" in str(Plateau(10, 1e-4, 0.1, 0.099))
