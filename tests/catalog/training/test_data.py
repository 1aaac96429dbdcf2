"""Which samples are drawn depends on seed and position alone; what is kept in memory is bounded."""

from collections import Counter
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.contracts import Family, Sample
from benchbench.catalog.training import data
from benchbench.catalog.training.data import Feed, index_at
from tests.catalog.training.world import Rooms, Tiny

FAMILY = cast(Family, Tiny())


def feed(augment: Any = "none", seed: int = 0, samples: Any = None) -> Feed:
    return Feed(samples or Rooms(), FAMILY, {}, augment, seed)


@given(seed=st.integers(0, 2**32), samples=st.integers(1, 40), epoch=st.integers(0, 3))
def test_every_epoch_holds_every_sample_once(seed: int, samples: int, epoch: int) -> None:
    seen = [index_at(seed, samples, epoch * samples + place) for place in range(samples)]
    assert sorted(seen) == list(range(samples))


def test_epochs_and_seeds_are_shuffled_differently() -> None:
    orders = {tuple(index_at(seed, 24, 24 * epoch + i) for i in range(24)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


@pytest.mark.parametrize("augment", ["none", "flip", "strong"])
def test_a_batch_does_not_depend_on_how_one_came_to_it(augment: str) -> None:
    asked_in_order, asked_once = feed(augment), feed(augment)
    for first in range(0, 40, 8):
        last = asked_in_order.draw(first, 8)
    again = asked_once.draw(32, 8)
    assert torch.equal(last.inputs["pixel_values"], again.inputs["pixel_values"])
    assert torch.equal(last.clean["pixel_values"], again.clean["pixel_values"])
    assert [sample.id for sample in last.samples] == [sample.id for sample in again.samples]
    parts = [asked_once.draw(32, 3).samples, asked_once.draw(35, 5).samples]
    assert [sample.id for part in parts for sample in part] == [sample.id for sample in last.samples]


def test_half_are_mirrored_together_with_their_depth() -> None:
    drawn = feed("flip").draw(0, 96).samples
    originals = [Rooms()[sample.id] for sample in drawn]
    mirrored = [not np.array_equal(one.image, other.image) for one, other in zip(drawn, originals, strict=True)]
    assert 30 < sum(mirrored) < 66
    for one, other, turned in zip(drawn, originals, mirrored, strict=True):
        step = -1 if turned else 1
        assert np.array_equal(one.image, other.image[:, ::step])
        assert np.array_equal(one.target["depth"], other.target["depth"][:, ::step])
    assert not any(
        not np.array_equal(sample.image, Rooms()[sample.id].image) for sample in feed("none").draw(0, 24).samples
    )


class Counted(Rooms):
    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[int] = Counter()

    def __getitem__(self, index: int) -> Sample:
        self.asked[index] += 1
        return super().__getitem__(index)


@pytest.mark.parametrize("fitting", [0, 5, 24])
def test_what_fits_is_decoded_once(fitting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Rooms()[0]
    each = sample.image.nbytes + sum(array.nbytes for array in sample.target.values())
    monkeypatch.setattr(data, "KEPT_BYTES", fitting * each)
    samples = Counted()
    own = feed("flip", samples=samples)
    for _ in range(3):
        own.draw(0, 24)
    assert sorted(samples.asked.values()) == [1] * fitting + [3] * (24 - fitting)


def test_what_is_kept_is_not_what_is_changed() -> None:
    own = feed("strong")
    first = own.draw(0, 24)
    own.draw(24, 24)
    assert torch.equal(own.draw(0, 24).clean["pixel_values"], first.clean["pixel_values"])
    assert not torch.equal(first.inputs["pixel_values"], first.clean["pixel_values"])


def test_settings_of_prepare_are_passed_on() -> None:
    plain, doubled = feed(), Feed(Rooms(), FAMILY, {"gain": 2.0}, "none", 0)
    assert torch.equal(2 * plain.draw(0, 3).inputs["pixel_values"], doubled.draw(0, 3).inputs["pixel_values"])


def test_samples_are_not_changed_by_being_drawn() -> None:
    rooms = Rooms()
    before = [replace(rooms[index], image=rooms[index].image.copy()) for index in range(24)]
    feed("strong").draw(0, 48)
    assert all(np.array_equal(before[index].image, rooms[index].image) for index in range(24))
