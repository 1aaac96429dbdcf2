"""What is said of a device beside a number."""

from __future__ import annotations

import pytest

from benchbench.measure.device_notes import device_notes
from benchbench.measure.meters import Call
from benchbench.measure.rounds import Round
from benchbench.types import Condition

CUDA = Condition("cuda")
SEEN = {"gpu_sm_mhz": 1400.0, "gpu_others": 0.0, "gpu_slowing": 0.0}


def rounds(*changes: dict[str, float], launch_s: float = 0.1) -> list[Round]:
    call = Call(1.0, 1.0, 0, 0.0, device_s=0.9, launch_s=launch_s)
    return [Round(0, 1.0, 0.0, {"small": call}, {**SEEN, **change}) for change in changes]


def test_a_calm_device_is_not_spoken_of() -> None:
    assert device_notes(rounds({}, {}), "small", CUDA) == ()


def test_of_a_processor_nothing_is_said() -> None:
    bare = [Round(0, 1.0, 0.0, {"small": Call(1.0, 1.0, 0, 0.0)})]
    assert device_notes(bare, "small", Condition()) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (({"gpu_others": 1.0}, {}), "contended: another process computed on the GPU in 1 of 2 rounds"),
        (({"gpu_others": 1.0}, {"gpu_others": 3.0}), "contended: up to 3 other processes computed on the GPU in 2 of"),
        (({"gpu_slowing": 4.0}, {}), "the GPU was slowed by its power limit in 50% of the rounds"),
        (
            ({"gpu_slowing": 4.0}, {"gpu_slowing": 0x48}),
            "its power limit and a hardware slowdown and heat",
        ),
        (({"gpu_slowing": 3.0}, {"gpu_sm_mhz": 1300.0}), "between 1300 and 1400 MHz"),
    ],
)
def test_what_bends_a_measurement_is_said(changes: tuple[dict[str, float], ...], words: str) -> None:
    (note,) = device_notes(rounds(*changes), "small", CUDA)
    assert words in note


def test_a_model_that_waits_for_the_host() -> None:
    (note,) = device_notes(rounds({}, {}, launch_s=0.95), "small", CUDA)
    assert note.startswith("launch-bound: for 95% of a call")
    assert device_notes(rounds({}, {}, launch_s=0.95), "small", Condition("cuda", runtime="onnxruntime")) == ()


def test_what_could_not_be_read_is_said() -> None:
    call = Call(1.0, 1.0, 0, 0.0, device_s=0.9, launch_s=0.1)
    blind = [Round(0, 1.0, 0.0, {"small": call})]
    assert "benchbench[gpu]" in device_notes(blind, "small", CUDA)[0]
    alone = [Round(0, 1.0, 0.0, {"small": call}, {"gpu_sm_mhz": 1400.0})]
    assert "cannot be seen from here" in device_notes(alone, "small", CUDA)[0]
