"""NVML's answers as nouns, and its refusals."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchbench.catalog.nvidia.device import Gpu, Process, State
from benchbench.catalog.nvidia.nvml import Nvml
from tests.catalog.nvidia.driver_library import Library


def test_devices_in_the_driver_s_order() -> None:
    library = Library()
    nvml = Nvml(library)
    assert nvml.gpus() == (
        Gpu("GPU-0", "Card 0", 1024, "555.42", (7, 5)),
        Gpu("GPU-1", "Card 1", 2048, "555.42", (8, 5)),
    )
    nvml.state("GPU-1")
    assert library.opened == 1


def test_a_state() -> None:
    assert Nvml(Library()).state("GPU-1") == State(1410, 5001, 61, 250.5, 0x4)


def test_what_a_device_does_not_tell_is_left_open() -> None:
    library = Library("nvmlDeviceGetPowerUsage", "nvmlDeviceGetTemperature", "nvmlDeviceGetCudaComputeCapability")
    assert Nvml(library).state("GPU-0") == State(1410, 5001, None, None, 0x4)
    assert Nvml(library).gpus()[0].capability is None


def test_processes_and_what_they_hold() -> None:
    library = Library()
    library.running = [SimpleNamespace(pid=7, usedGpuMemory=3 * 2**20), SimpleNamespace(pid=8, usedGpuMemory=None)]
    assert Nvml(library).processes("GPU-0") == (Process(7, 3.0), Process(8, None))


@pytest.mark.parametrize("question", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetMemoryInfo"])
def test_a_driver_that_cannot_is_an_oserror(question: str) -> None:
    with pytest.raises(OSError, match="Not Supported"):
        Nvml(Library(question)).gpus()


def test_a_device_that_is_gone() -> None:
    with pytest.raises(OSError, match="Not Found"):
        Nvml(Library()).processes("GPU-9")


def test_the_library_of_today_knows_every_question() -> None:
    pynvml = pytest.importorskip("pynvml", reason="nvidia-ml-py is not installed")
    asked = [name for name in dir(Library) if name.startswith(("nvml", "NVML"))]
    assert [name for name in asked if not hasattr(pynvml, name)] == []
