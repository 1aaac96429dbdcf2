"""Batches ahead of the models."""

import threading

import pytest
import torch

from benchbench.errors import BadData
from benchbench.measure.reading import DEEPEST, Batch, Reader, ahead
from tests.measure.toy_catalog import Dots, ToyFamily


def reader(count: int, size: int, broken: int = -1) -> Reader:
    return Reader(Dots(count, broken), ToyFamily(), {"scale": 0.5}, size)


def test_batches_are_in_order_whole_and_fixed() -> None:
    batches = list(reader(7, 3).ahead([0, 1, 2]))
    assert [batch.ids for batch in batches] == [(100, 101, 102), (103, 104, 105), (106,)]
    assert batches[1].sizes == ((4, 6),) * 3
    assert batches[1].inputs["pixel_values"][:, 0, 0, 0].tolist() == [1.5, 2.0, 2.5]
    (alone,) = reader(7, 3).ahead([1])
    assert torch.equal(alone.inputs["pixel_values"], batches[1].inputs["pixel_values"])


@pytest.mark.parametrize(("room", "depth"), [(0, 1), (3, 3), (100, DEEPEST)])
def test_no_more_is_read_ahead_than_there_is_room_for(room: int, depth: int) -> None:
    read: list[int] = []
    made = reader(60, 1)
    caught_up = threading.Condition()

    def reading(number: int) -> Batch:
        with caught_up:
            read.append(number)
            caught_up.notify()
        return made.batch(number)

    batches = ahead(reading, range(60), lambda _: room)
    for taken in range(1, 20):
        next(batches)
        with caught_up:
            wanted = taken + depth
            while len(read) < wanted:
                assert caught_up.wait(timeout=20)
            assert len(read) == wanted
    batches.close()


def test_what_cannot_be_read_is_raised_in_its_place() -> None:
    batches = reader(6, 2, broken=3).ahead([0, 1, 2])
    assert next(batches).ids == (100, 101)
    with pytest.raises(BadData, match="image 3"):
        next(batches)
