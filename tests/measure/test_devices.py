"""Whether a condition's device is here and suits it, told without torch; and what is written down of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.measure import devices
from benchbench.measure.devices import facts, signature, tf32, unfit
from benchbench.measure.environment import environment
from benchbench.measure.environment import signature as machine
from benchbench.types import Condition
from tests.measure.graphics import CARD, OLD, surroundings

DTYPES = ("float32", "float16", "bfloat16")


@pytest.mark.parametrize(
    ("condition", "here", "reason"),
    [
        (Condition("cuda"), surroundings(driver=False), "no CUDA device 'cuda': neither NVML nor nvidia-smi answers"),
        (Condition("cuda"), surroundings(driver=True), "though there is a driver"),
        (Condition("cuda"), surroundings(CARD, cuda=None), "PyTorch (2.9.0), which was built without CUDA"),
        (Condition("cuda:1"), surroundings(CARD), "no CUDA device 'cuda:1': 1 is visible"),
        (Condition("cuda:5"), surroundings(CARD, OLD), "no CUDA device 'cuda:5': 2 are visible"),
        (Condition("cuda:1", "bfloat16"), surroundings(CARD, OLD), "Old Card does not compute in bfloat16"),
        (Condition("mps"), surroundings(CARD), "device 'mps' is not measured"),
    ],
)
def test_what_is_lacking_is_told_with_its_remedy(condition: Condition, here: devices.Surroundings, reason: str) -> None:
    found = unfit(condition, here)
    assert found is not None
    assert reason in found.reason
    assert found.remedy


@pytest.mark.parametrize(
    "condition",
    [
        Condition("cuda"),
        Condition("cuda:0", "bfloat16"),
        Condition("cuda:1", "float16"),
        Condition("cpu", "bfloat16"),
        Condition("cpu", "float16"),
    ],
)
def test_what_suits(condition: Condition) -> None:
    assert unfit(condition, surroundings(CARD, OLD)) is None


@given(st.integers(0, 4), st.integers(0, 6), st.sampled_from(DTYPES))
def test_an_index_is_taken_exactly_where_it_is_visible(count: int, index: int, dtype: str) -> None:
    found = unfit(Condition(f"cuda:{index}", dtype), surroundings(*(CARD,) * count))
    assert (found is None) == (index < count)


def test_facts_of_a_device_and_none_of_a_processor() -> None:
    here = surroundings(OLD, CARD)
    assert facts("cpu", here) == signature("cpu", here) == {}
    found = facts("cuda:1", here)
    assert found["gpu"] == "Card"
    assert found["gpu_capability"] == "8.0"
    assert found["cuda"] == "12.6"
    assert signature("cuda:1", here)["device"] == "cuda:1"
    assert signature("cuda:0", here) != signature("cuda:1", here)
    assert set(devices.SIGNATURE) <= set(signature("cuda", here))


def test_a_processor_s_signature_says_nothing_of_devices() -> None:
    assert not set(devices.SIGNATURE) & set(machine(environment()))
    assert set(devices.SIGNATURE) <= set(machine(environment(device="cuda")))


def test_where_float32_is_rounded() -> None:
    assert tf32(**devices.TF32) == "convolutions"
    assert tf32(matmul=True, cudnn=True) == "products and convolutions"
    assert tf32(matmul=False, cudnn=False) == "nowhere"


def test_a_plan_asks_without_torch() -> None:
    code = (
        "import sys\nfrom benchbench.measure import unstarted\nfrom benchbench.measure.devices import facts, unfit\n"
        "from benchbench.types import Condition\nunfit(Condition('cuda')), facts('cuda')\nprint('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
