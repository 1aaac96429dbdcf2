"""A block's memory of its calls, and the room it has."""

from collections.abc import Callable
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from benchbench.measure.remembered import PATIENCE, Block, Room

X = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))


class Counted:
    """A block of arms 0, 1, 2 and what it was asked to compute."""

    def __init__(self, compute: Callable[[Tensor], Any] = torch.sin, limit: int = 10**6) -> None:
        self.block = Block({arm: nn.Linear(2, 2) for arm in range(3)}, Room(limit))
        self.compute, self.count = compute, 0

    def __call__(self, arm: int, *given: object, batch: int = 0, **named: object) -> Any:
        def forward(value: Tensor, *_: object, **__: object) -> Any:
            self.count += 1
            return self.compute(value)

        with torch.no_grad():
            return self.block.call(arm, batch, forward, given, named)


def test_later_arms_find_what_the_first_computed() -> None:
    calls = Counted()
    first = calls(0, X, None, scale=0.5)
    assert calls(1, X.clone(), None, scale=0.5) is first
    assert calls.block.room.used > 0
    assert calls(2, X, None, scale=0.5) is first
    assert (calls.count, calls.block.hits, calls.block.room.used) == (1, 2, 0)


def test_other_inputs_are_computed() -> None:
    calls = Counted()
    calls(0, X, None, scale=0.5)
    calls(1, X, None, scale=0.5)
    others: list[tuple[tuple[object, ...], dict[str, Any]]] = [
        ((-X, None), {"scale": 0.5}),
        ((X, 0), {"scale": 0.5}),
    ]
    others += [((X, None), {"scale": 0.25}), ((X,), {})]
    for values, named in others:
        before = calls.count
        calls(2, *values, **named)
        assert calls.count == before + 1
    assert calls(2, X, None, scale=0.5, batch=1) is not None
    assert calls.count == 6


def test_a_block_called_twice_remembers_both() -> None:
    calls = Counted()
    once, twice = calls(0, X), calls(0, -X)
    assert (calls(1, X), calls(1, -X)) == (once, twice)
    assert calls.count == 2


def test_outputs_that_were_written_into_are_not_handed_out() -> None:
    calls = Counted()
    calls(0, X)[0].add_(1)
    assert torch.equal(calls(1, X), X.sin())
    assert calls.block.given_up
    assert calls.block.room.used == 0
    assert torch.equal(calls(2, X), X.sin())


def test_inputs_that_were_written_into_are_not_recognised() -> None:
    calls, given = Counted(), X.clone()
    calls(0, given)
    given.neg_()
    assert torch.equal(calls(1, -X), (-X).sin())


def test_a_block_that_writes_into_its_input_is_not_remembered() -> None:
    calls = Counted(lambda value: value.mul_(2) + 0)
    assert torch.equal(calls(0, X.clone()), 2 * X)
    assert torch.equal(calls(1, X.clone()), 2 * X)
    assert calls.block.given_up


def test_what_can_be_changed_is_not_handed_out_twice() -> None:
    calls = Counted(lambda value: {"out": value.sin()})
    assert calls(0, X) is not calls(1, X)
    assert calls.count == 2


def test_compared_in_vain_it_is_given_up() -> None:
    calls = Counted()
    calls(0, X)
    for number in range(PATIENCE):
        assert not calls.block.given_up
        calls(1, X + number + 1)
    assert calls.block.given_up
    assert calls.block.room.used == 0


def test_an_arm_whose_weights_were_written_into_goes_alone() -> None:
    calls = Counted()
    first = calls(0, X)
    calls.block.modules[1].get_parameter("weight").data.add_(0)
    nn.init.zeros_(calls.block.modules[1].get_parameter("bias"))
    assert calls(1, X) is not first
    assert calls(2, X) is first


def test_without_room_everything_is_computed() -> None:
    calls = Counted(limit=X.nbytes)
    for arm in range(3):
        assert torch.equal(calls(arm, X), X.sin())
    assert (calls.count, calls.block.room.peak) == (3, 0)


@given(st.lists(st.tuples(st.lists(st.integers(0, 5), max_size=4), st.booleans()), max_size=20), st.integers(0, 200))
def test_room_counts_each_storage_once_and_never_overflows(steps: list[tuple[list[int], bool]], limit: int) -> None:
    tensors = [torch.zeros(size, dtype=torch.uint8) for size in (8, 16, 32, 64, 64, 128)]
    room, held = Room(limit), list[list[Tensor]]()
    for indices, give in steps:
        if give and held:
            room.give(held.pop())
        else:
            wanted = [tensors[index][:4] for index in indices]
            if room.take(wanted):
                held.append(wanted)
        expected = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for own in held for each in own}
        assert room.used == sum(expected.values()) <= room.limit
        assert room.used <= room.peak <= room.limit
    for each in held:
        room.give(each)
    assert room.used == 0
