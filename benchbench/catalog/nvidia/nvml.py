"""NVML, the driver's library, by the package `nvidia-ml-py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchbench.catalog.nvidia.device import Gpu, Process, State

MIB = 2**20


class Nvml:
    """`library` is the module `pynvml`, or one that answers like it; initialised at the first question."""

    name = "NVML"
    pause_s = 0.0

    def __init__(self, library: Any = None) -> None:
        self._library = library
        self._is_open = False

    def gpus(self) -> tuple[Gpu, ...]:
        nvml = self._opened()
        driver = _text(self._told(nvml.nvmlSystemGetDriverVersion, otherwise="unknown"))
        count = self._asked(nvml.nvmlDeviceGetCount)
        return tuple(self._gpu(nvml, self._asked(nvml.nvmlDeviceGetHandleByIndex, at), driver) for at in range(count))

    def state(self, uuid: str) -> State:
        nvml, handle = self._opened(), self._handle(uuid)
        slowing = getattr(nvml, "nvmlDeviceGetCurrentClocksEventReasons", None)
        slowing = slowing or nvml.nvmlDeviceGetCurrentClocksThrottleReasons
        milliwatts = self._told(nvml.nvmlDeviceGetPowerUsage, handle)
        return State(
            sm_mhz=self._told(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM),
            memory_mhz=self._told(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_MEM),
            temperature_c=self._told(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
            power_w=None if milliwatts is None else milliwatts / 1000,
            slowing=self._told(slowing, handle),
        )

    def processes(self, uuid: str) -> tuple[Process, ...]:
        found = self._asked(self._opened().nvmlDeviceGetComputeRunningProcesses, self._handle(uuid))
        return tuple(
            Process(each.pid, None if each.usedGpuMemory is None else each.usedGpuMemory / MIB) for each in found
        )

    def _gpu(self, nvml: Any, handle: Any, driver: str) -> Gpu:
        total = self._asked(nvml.nvmlDeviceGetMemoryInfo, handle).total
        capability = self._told(nvml.nvmlDeviceGetCudaComputeCapability, handle)
        return Gpu(
            uuid=_text(self._asked(nvml.nvmlDeviceGetUUID, handle)),
            name=_text(self._asked(nvml.nvmlDeviceGetName, handle)),
            memory_mib=int(total) // MIB,
            driver=driver,
            capability=tuple(capability) if capability else None,
        )

    def _handle(self, uuid: str) -> Any:
        return self._asked(self._opened().nvmlDeviceGetHandleByUUID, uuid)

    def _opened(self) -> Any:
        if self._library is None:
            try:
                import pynvml
            except ImportError as error:
                raise OSError("nvidia-ml-py is not installed") from error
            self._library = pynvml
        if not self._is_open:
            self._asked(self._library.nvmlInit)
            self._is_open = True
        return self._library

    def _asked(self, question: Callable[..., Any], *about: Any) -> Any:
        """Raises OSError for what NVML answers with an error."""
        try:
            return question(*about)
        except self._library.NVMLError as error:
            raise OSError(f"NVML: {error}") from error

    def _told(self, question: Callable[..., Any], *about: Any, otherwise: Any = None) -> Any:
        """`otherwise` for what this device or driver does not tell."""
        try:
            return self._asked(question, *about)
        except OSError:
            return otherwise


def _text(value: str | bytes) -> str:
    """Versions of nvidia-ml-py before 11.5 answer with bytes."""
    return value.decode() if isinstance(value, bytes) else value
