"""The device of a condition: whether it is here and can do what is asked, and what it is. Loads no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.catalog.nvidia import Gpu, at_hand, build
from benchbench.types import Condition, Json, Skipped

DRIVER = Path("/proc/driver/nvidia/version")
SIGNATURE = ("gpu", "gpu_capability", "gpu_driver", "cuda", "tf32")
"""What must agree beside the machine before two timings on a GPU may be compared, and is known without torch."""
TF32 = {"matmul": False, "cudnn": True}
"""Whether float32 products and convolutions may be rounded to TF32: as PyTorch has it where nobody changes it. The
engine sets it, so that no variable of the environment decides."""
BFLOAT16 = (8, 0)
"""The compute capability from which bfloat16 is computed, and not converted."""


@dataclass(frozen=True)
class Surroundings:
    """What there is to look at; tests bring their own."""

    gpus: Callable[[], Sequence[Gpu]] = at_hand
    build: Callable[[], Mapping[str, str | None]] = build
    driver: Path = DRIVER


HERE = Surroundings()


def is_cuda(device: str) -> bool:
    return device.partition(":")[0] == "cuda"


def index_of(device: str) -> int:
    """`cuda` is the first device that is visible, `cuda:1` the second."""
    return int(device.partition(":")[2] or 0)


def unfit(condition: Condition, here: Surroundings = HERE) -> Skipped | None:
    """Why a condition's device cannot take a trial, or None. A processor takes every dtype that PyTorch does."""
    if condition.device == "cpu":
        return None
    if not is_cuda(condition.device):
        reason = f"device '{condition.device}' is not measured: its clock and its memory counters are not known here"
        return Skipped(reason, "`device: cpu` or `device: cuda` in the condition")
    return _absent(condition.device, here) or _unsuited(condition, here.gpus()[index_of(condition.device)])


def _absent(device: str, here: Surroundings) -> Skipped | None:
    gpus, built = here.gpus(), here.build()
    if not gpus and here.driver.exists():
        reason = f"no CUDA device '{device}': neither NVML nor nvidia-smi shows one, though there is a driver"
        return Skipped(reason, "see nvidia-smi, CUDA_VISIBLE_DEVICES, and whether the container was given the device")
    if not gpus:
        reason = f"no CUDA device '{device}': neither NVML nor nvidia-smi answers on this machine"
        return Skipped(reason, "run it where an NVIDIA GPU and its driver are, or `device: cpu`")
    if not built.get("cuda"):
        reason = (
            f"no CUDA device '{device}' for this PyTorch ({built.get('__version__')}), which was built without CUDA"
        )
        return Skipped(reason, "install a PyTorch for CUDA: https://pytorch.org/get-started/locally")
    if index_of(device) >= len(gpus):
        count = "1 is" if len(gpus) == 1 else f"{len(gpus)} are"
        return Skipped(f"no CUDA device '{device}': {count} visible", f"`device: cuda:{len(gpus) - 1}`, or a lower one")
    return None


def _unsuited(condition: Condition, gpu: Gpu) -> Skipped | None:
    if condition.dtype != "bfloat16" or gpu.capability is None or gpu.capability >= BFLOAT16:
        return None
    has = "{}.{}".format(*gpu.capability)
    reason = f"{gpu.name} does not compute in bfloat16: it has compute capability {has}, and 8.0 is needed"
    return Skipped(reason, "`dtype: float16` in the condition")


def facts(device: str, here: Surroundings = HERE) -> dict[str, Json]:
    """A GPU by its driver, PyTorch's CUDA, and what float32 means there; nothing of a processor."""
    if not is_cuda(device):
        return {}
    gpu = next(iter(here.gpus()[index_of(device) :]), None)
    found: dict[str, Json] = {"cuda": here.build().get("cuda"), "tf32": tf32(**TF32)}
    if gpu is None:
        return found
    capability = "{}.{}".format(*gpu.capability) if gpu.capability else "unknown"
    found |= {"gpu": gpu.name, "gpu_memory_mib": gpu.memory_mib, "gpu_driver": gpu.driver}
    return found | {"gpu_capability": capability}


def signature(device: str, here: Surroundings = HERE) -> dict[str, Json]:
    """The part of a device's facts that must agree for timings to be comparable; nothing of a processor."""
    found = facts(device, here)
    return {"device": device, **{name: found.get(name) for name in SIGNATURE}} if found else {}


def tf32(*, matmul: bool, cudnn: bool) -> str:
    """In words: where float32 is rounded to TF32 (10 bits of mantissa) before it is multiplied."""
    where = [name for name, is_so in (("products", matmul), ("convolutions", cudnn)) if is_so]
    return " and ".join(where) or "nowhere"
