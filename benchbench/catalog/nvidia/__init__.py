"""NVIDIA's graphics processors as their driver tells of them, without PyTorch and without a context on any of them.

By NVML through the package `nvidia-ml-py`, where it is installed; else by the program `nvidia-smi` of the driver.
"""

from benchbench.catalog.nvidia.device import Gpu, Panel, Process, State, others, own, slowed_by
from benchbench.catalog.nvidia.presence import at_hand, build, panel

__all__ = ["Gpu", "Panel", "Process", "State", "at_hand", "build", "others", "own", "panel", "slowed_by"]
