"""Models and inputs on a condition's device: what is refused, and what is told of rounding."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchbench.catalog.memory import available
from benchbench.errors import CannotRun
from benchbench.measure import placing
from benchbench.measure.devices import TF32, tf32
from benchbench.measure.placing import finish, free_on, ready, rounding
from benchbench.types import Condition
from tests.measure.graphics import CARD

WITHOUT = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU that PyTorch can use")


@WITHOUT
@pytest.mark.parametrize(("device", "words"), [("cuda", "no CUDA device 'cuda'"), ("mps", "'mps' is not measured")])
def test_a_model_is_not_put_where_nothing_is(device: str, words: str) -> None:
    model = nn.Linear(2, 2)
    with pytest.raises(CannotRun, match=words):
        finish(model, Condition(device))
    assert model.weight.device.type == "cpu"


@WITHOUT
def test_a_driver_s_device_that_torch_cannot_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "unfit", lambda _condition: None)
    with pytest.raises(CannotRun, match="PyTorch cannot use 'cuda'"):
        finish(nn.Linear(2, 2), Condition("cuda"))


@WITHOUT
def test_a_worker_is_made_ready_for_what_is_there() -> None:
    assert ready("cpu") == {}
    assert ready("cuda:1") == {}


def test_rounding_is_what_torch_has_where_nobody_changes_it() -> None:
    found = rounding()
    assert found["tf32"] == tf32(**TF32)
    assert found["sdpa"] == "cudnn, flash, mem_efficient, math"


def test_what_is_free_on_a_gpu_counts_what_torch_holds_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"mem_get_info": (1000, 9000), "memory_reserved": 500, "memory_allocated": 200}
    for name, value in told.items():
        monkeypatch.setattr(torch.cuda, name, lambda index, value=value: value if index == 1 else None)
    assert free_on("cuda:1") == 1300
    assert free_on("cpu") <= available() * 1.5


@pytest.mark.parametrize(("number", "words"), [(90100, "9.1.0"), (8907, "8.9.7"), (91002, "9.10.2"), (None, "none")])
def test_versions_of_cudnn(number: int | None, words: str) -> None:
    assert placing._dotted(number) == words


def test_a_gpu_is_made_the_current_one_and_rounds_as_we_say(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    answers = {"is_available": lambda: True, "device_count": lambda: 2, "get_device_name": lambda _device: CARD.name}
    for name, answer in {**answers, "set_device": chosen.append}.items():
        monkeypatch.setattr(torch.cuda, name, answer)
    torch.backends.cuda.matmul.allow_tf32 = True
    found = ready("cuda:1")
    assert chosen == [1]
    assert (found["gpu"], found["tf32"]) == (CARD.name, "convolutions")
    assert not torch.backends.cuda.matmul.allow_tf32
    assert ready("cuda:2") == {}, "an index that torch does not have"
