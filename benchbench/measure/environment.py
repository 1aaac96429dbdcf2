"""The machine a number was taken on. Loads no torch."""

from __future__ import annotations

import hashlib
import os
import platform
import socket
from pathlib import Path

import psutil

from benchbench.catalog.control_groups import cpu_quota
from benchbench.measure import devices
from benchbench.measure.versions import LIBRARIES, installed
from benchbench.types import Json, Settings

PROC = Path("/proc")
SYS = Path("/sys")

SIGNATURE = (
    "cpu", "architecture", "cores_physical", "cores_logical", "cores_usable", "cpu_quota", "governor", "device",
    "threads", "python", *LIBRARIES,
)  # fmt: skip
"""What must agree before two timings may be compared. The allocator is the engine's own and goes with its version."""


def environment(threads: int = 0, device: str = "cpu") -> dict[str, Json]:
    """Everything about this machine and process that may explain a number; `threads` as resolved for the trial."""
    facts: dict[str, Json] = {
        "cpu": cpu_model(),
        "architecture": platform.machine(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_logical": psutil.cpu_count(),
        "cores_usable": usable_cores(),
        "cpu_quota": cpu_quota(),
        "governor": _first_line(SYS / "devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "os": platform.system(),
        "kernel": platform.release(),
        "host": hashlib.sha256(socket.gethostname().encode()).hexdigest()[:12],
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "device": device,
        "threads": threads,
        "allocator": _settings("MALLOC_"),
        "openmp": _settings("GOMP_", "OMP_"),
    }
    return facts | {name: installed(name) for name in LIBRARIES} | devices.facts(device)


def signature(environment: Settings) -> dict[str, Json]:
    """The part of an environment that must agree for timings to be comparable."""
    own = devices.SIGNATURE if devices.is_cuda(str(environment.get("device"))) else ()
    return {name: environment.get(name) for name in (*SIGNATURE, *own)}


def usable_cores() -> int:
    """The cores this process may really use: its affinity, cut down to its control groups' quota; at least 1."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    quota = cpu_quota()
    return affinity if quota is None else max(1, min(affinity, int(quota)))


def cpu_model() -> str:
    """The processor's name as Linux gives it, else as Python does."""
    for line in _text(PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _settings(*prefixes: str) -> str:
    """The variables of this process's environment that begin so, or "default"."""
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith(prefixes))
    return " ".join(settings) or "default"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _first_line(path: Path) -> str:
    return _text(path).partition("\n")[0].strip()
