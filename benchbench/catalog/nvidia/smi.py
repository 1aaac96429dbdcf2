"""`nvidia-smi`, the program that comes with the driver: a process for every question."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from benchbench.catalog.nvidia.device import Gpu, Process, State

PROGRAM = "nvidia-smi"
PATIENCE_S = 20.0
GPUS = ("uuid", "name", "memory.total", "driver_version", "compute_cap")
STATE = ("clocks.sm", "clocks.mem", "temperature.gpu", "power.draw")
REASONS = ("clocks_event_reasons.active", "clocks_throttle_reasons.active")
"""The same field under its name of today and that of drivers before 535."""


def call(arguments: Sequence[str]) -> str:
    """What the program prints. Raises OSError where it is not there, fails or hangs."""
    try:
        done = subprocess.run(
            [PROGRAM, *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{PROGRAM} did not answer within {PATIENCE_S:g} s") from error
    if done.returncode:
        raise OSError(f"{PROGRAM}: {(done.stdout or done.stderr).strip()[:200]}")
    return done.stdout


class Smi:
    """`call` runs the program with these arguments; tests bring their own."""

    name = PROGRAM
    pause_s = 5.0

    def __init__(self, call: Callable[[Sequence[str]], str] = call) -> None:
        self._call = call

    def gpus(self) -> tuple[Gpu, ...]:
        try:
            rows = self._rows("gpu", GPUS)
        except OSError:
            # Drivers before 510 know no compute_cap.
            rows = [[*row, ""] for row in self._rows("gpu", GPUS[:-1])]
        return tuple(_gpu(row) for row in rows)

    def state(self, uuid: str) -> State:
        sm, memory, temperature, power = (_number(text) for text in self._rows("gpu", STATE, uuid)[0])
        return State(sm, memory, temperature, power, self._slowing(uuid))

    def processes(self, uuid: str) -> tuple[Process, ...]:
        rows = self._rows("compute-apps", ("pid", "used_memory"), uuid)
        return tuple(Process(int(pid), _number(mib)) for pid, mib in rows if pid.isdigit())

    def _slowing(self, uuid: str) -> int | None:
        for name in REASONS:
            try:
                text = self._rows("gpu", (name,), uuid)[0][0]
                return int(text, 16)
            except (OSError, ValueError):
                continue
        return None

    def _rows(self, what: str, fields: Sequence[str], uuid: str = "") -> list[list[str]]:
        device = ["-i", uuid] if uuid else []
        text = self._call([f"--query-{what}={','.join(fields)}", "--format=csv,noheader,nounits", *device])
        rows = [[word.strip() for word in line.split(",")] for line in text.splitlines() if line.strip()]
        if any(len(row) != len(fields) for row in rows) or (what == "gpu" and not rows):
            raise OSError(f"{PROGRAM} answered otherwise than it was asked: {text.strip()[:200]}")
        return rows


def _gpu(row: Sequence[str]) -> Gpu:
    uuid, name, memory, driver, capability = row
    major, _, minor = capability.partition(".")
    known = (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None
    return Gpu(uuid, name, int(_number(memory) or 0), driver, known)


def _number(text: str) -> float | None:
    """None for what the driver does not tell: [N/A], [Not Supported]."""
    try:
        return float(text)
    except ValueError:
        return None
