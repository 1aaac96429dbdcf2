"""Prepared batches on disk: bit for bit what was prepared, or not there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.contracts import Family, Sample
from benchbench.catalog.families import FAMILIES
from benchbench.errors import BenchbenchError
from benchbench.measure.prepared import Prepared, make_room
from benchbench.measure.preparing import VARIABLE, budget, prune
from benchbench.measure.reading import Batch, Reader

LARGE = 1 << 30
PICTURES = 2


@dataclass
class Scenes:
    """Noise of several sizes, with targets of every kind; tells how often it was asked."""

    count: int = 5
    fingerprint: str = "scenes"
    asked: int = 0

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        self.asked += 1
        random = np.random.default_rng(index)
        image = random.integers(0, 256, (40 + index, 60, 3), np.uint8)
        boxes = random.random((index, 4), np.float32)
        target: dict[str, NDArray[Any]] = {
            "boxes": boxes,
            "label": np.asarray(index, np.int64),
            "crowd": np.array([True, False]),
            "depth": np.asfortranarray(random.random((3, 4))),
            "name": np.array(["a", "größer"]),
        }
        return Sample(100 + index, image, target)


def family() -> Family:
    return FAMILIES["detr"]


def reader(samples: Scenes, kept: Prepared | None = None) -> Reader:
    return Reader(samples, family(), {"shorter": 32, "longer": 64}, 2, PICTURES, kept)


def paying(folder: Path, key: str = "key", room: int = LARGE) -> Prepared:
    """One that keeps every batch: each is offered as if it had taken an hour."""
    kept = Prepared(folder, key, 3, room)
    for number in range(3):
        kept.offer(reader(Scenes()).batch(number), 3600.0)
    return kept


def equal(one: Batch, other: Batch) -> None:
    assert (one.number, one.ids, one.sizes) == (other.number, other.ids, other.sizes)
    assert list(one.inputs) == list(other.inputs)
    for name, tensor in one.inputs.items():
        again = other.inputs[name]
        assert (tensor.dtype, tensor.shape, tensor.stride()) == (again.dtype, again.shape, again.stride())
        assert tensor.numpy().tobytes() == again.numpy().tobytes()
        assert again.data_ptr() % 64 == 0
    mine, theirs = [[*each.targets, *map(pictured, each.images)] for each in (one, other)]
    for left, right in zip(mine, theirs, strict=True):
        assert list(left) == list(right)
        for name, array in left.items():
            assert (array.dtype, array.shape) == (right[name].dtype, right[name].shape)
            np.testing.assert_array_equal(array, right[name])
    assert (len(one.targets), len(one.images)) == (len(other.targets), len(other.images))


def pictured(image: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    return {"image": image}


def test_what_was_kept_is_read_back_bit_for_bit_and_nothing_is_decoded(tmp_path: Path) -> None:
    paying(tmp_path)
    samples = Scenes()
    again = reader(samples, Prepared(tmp_path, "key", 3, LARGE))
    for number in range(3):
        equal(reader(Scenes()).batch(number), again.batch(number))
    assert samples.asked == 0


def test_models_compute_the_same_from_it(tmp_path: Path) -> None:
    made, kept = reader(Scenes()).batch(1), paying(tmp_path).read(1)
    assert kept is not None
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 16, 7, stride=2)
    with torch.inference_mode():
        assert torch.equal(layer(made.inputs["pixel_values"]), layer(kept.inputs["pixel_values"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), cut=st.booleans())
def test_whatever_is_damaged_counts_as_absent(tmp_path: Path, place: float, bit: int, cut: bool) -> None:
    path = tmp_path / "key" / "0.batch"
    if not path.exists():
        paying(tmp_path)
    whole = path.read_bytes()
    where = int(place * len(whole))
    spoilt = bytearray(whole[:where] if cut else whole)
    if not cut:
        spoilt[where] ^= 1 << bit
    path.write_bytes(spoilt)
    try:
        assert Prepared(tmp_path, "key", 3, LARGE).read(0) is None
    finally:
        path.write_bytes(whole)


def test_a_batch_under_another_number_is_not_taken(tmp_path: Path) -> None:
    kept = paying(tmp_path)
    (tmp_path / "key" / "0.batch").replace(tmp_path / "key" / "1.batch")
    assert kept.read(0) is None
    assert kept.read(1) is None


def test_what_is_prepared_as_fast_as_it_is_read_is_not_kept(tmp_path: Path) -> None:
    kept = Prepared(tmp_path, "key", 3, LARGE)
    for number in range(3):
        kept.offer(reader(Scenes()).batch(number), 1e-9)
    assert not (tmp_path / "key").exists()


def test_what_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    paying(tmp_path, room=1000)
    assert not list(tmp_path.iterdir())


def test_the_set_that_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    for age, key in enumerate(("new", "middle", "old")):
        paying(tmp_path, key)
        os.utime(tmp_path / key, (1e9 - age, 1e9 - age))
    one = sum(path.stat().st_size for path in (tmp_path / "old").iterdir())
    make_room(tmp_path, 2 * one)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]
    paying(tmp_path, "next", room=int(2.5 * one))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "next"]


def test_what_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    samples = Scenes()
    made = reader(samples, Prepared(tmp_path / "file", "key", 3, LARGE))
    equal(reader(Scenes()).batch(2), made.batch(2))


def test_objects_and_odd_layouts_are_not_kept(tmp_path: Path) -> None:
    odd = Batch(0, (1,), ((2, 2),), ({},), {"x": torch.zeros(4, 6).T})
    bad = Batch(0, (1,), ((2, 2),), ({"x": np.array([None])},), {})
    for batch in (odd, bad):
        kept = Prepared(tmp_path, "key", 1, LARGE)
        kept.offer(batch, 3600.0)
        assert kept.read(0) is None


def test_the_budget_is_the_users() -> None:
    assert budget({}) == 2 << 30
    assert budget({VARIABLE: "0"}) == 0
    assert budget({VARIABLE: "7"}) == 7 << 20
    with pytest.raises(BenchbenchError, match="no number of MiB"):
        budget({VARIABLE: "much"})


def test_what_nobody_has_used_for_a_month_can_go(tmp_path: Path) -> None:
    for age, key in ((1.0, "young"), (40.0, "old")):
        paying(tmp_path, key)
        os.utime(tmp_path / key, (2e9 - age * 86_400,) * 2)
    assert prune(tmp_path, everything=False, dry=True, now=2e9) == (tmp_path / "old",)
    assert prune(tmp_path, everything=False, dry=False, now=2e9) == (tmp_path / "old",)
    assert [path.name for path in tmp_path.iterdir()] == ["young"]
    assert len(prune(tmp_path, everything=True, dry=False, now=2e9)) == 1
    assert prune(tmp_path / "nowhere", everything=True, dry=False) == ()
