"""A module that answers like `pynvml`, of two devices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """As NVML says that it cannot."""


class Library:
    """`lacking` are questions that this driver does not know."""

    NVMLError = NVMLError
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *lacking: str) -> None:
        self.opened = 0
        self._lacking = lacking
        self.running: list[SimpleNamespace] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and name in object.__getattribute__(self, "_lacking"):
            return self._refuse
        return object.__getattribute__(self, name)

    def _refuse(self, *_about: object) -> None:
        raise NVMLError("Not Supported")

    def nvmlInit(self) -> None:  # noqa: N802
        self.opened += 1

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        return b"555.42"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> int:  # noqa: N802
        if uuid not in ("GPU-0", "GPU-1"):
            raise NVMLError("Not Found")
        return int(uuid[-1])

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}"

    def nvmlDeviceGetName(self, handle: int) -> bytes:  # noqa: N802
        return f"Card {handle}".encode()

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(total=(handle + 1) * 2**30)

    def nvmlDeviceGetCudaComputeCapability(self, handle: int) -> list[int]:  # noqa: N802
        return [7 + handle, 5]

    def nvmlDeviceGetClockInfo(self, _handle: int, kind: int) -> int:  # noqa: N802
        return {1: 1410, 2: 5001}[kind]

    def nvmlDeviceGetTemperature(self, _handle: int, _sensor: int) -> int:  # noqa: N802
        return 61

    def nvmlDeviceGetPowerUsage(self, _handle: int) -> int:  # noqa: N802
        return 250_500

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, _handle: int) -> int:  # noqa: N802
        return 0x4

    def nvmlDeviceGetComputeRunningProcesses(self, _handle: int) -> list[SimpleNamespace]:  # noqa: N802
        return self.running
