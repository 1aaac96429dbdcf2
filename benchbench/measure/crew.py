"""The workers at hand: started when first needed, kept for the next cohort that needs the same surroundings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import benchbench
from benchbench.catalog.contracts import Probe
from benchbench.catalog.memory import KEEP
from benchbench.measure.process import WorkerProcess

COMMAND = (sys.executable, "-P", "-m", "benchbench.measure.worker")
CHANGING = ("MALLOC_", "OMP_", "GOMP_", "MKL_", "NVIDIA_TF32", "TORCH_ALLOW_TF32")
"""Beginnings of variables that would change a measurement."""
RANKED = (
    *("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "GROUP_WORLD_SIZE", "ROLE_"),
    *("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_", "TORCH_NCCL_"),
)
"""Of those by which torchrun tells a process that it is one of several. A worker is not: it would wait for the rest."""
SPINS = "1000"
"""How often an OpenMP thread of the GNU runtime looks before it sleeps (it would be 300,000 times). On two cores that
a third process shares, spinning threads wait for one that is not running: a small DETR took 1,400 ms a call with the
default, 16 ms with this and 7 ms on one thread; DETR-R50 3.9 s and 2.3 s. On a quiet machine it costs the small one
9 %, DETR-R50 2 %."""


class Crew:
    """Workers by their surroundings. Starting one costs seconds of importing, so that cohorts share them.

    As a context manager it leaves no process behind.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._idle: dict[str, list[WorkerProcess]] = {}

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for worker in [worker for idle in self._idle.values() for worker in idle]:
            worker.close()
        self._idle.clear()

    def take(self, surroundings: Mapping[str, str]) -> WorkerProcess:
        """A worker for one job: an idle one, or a new one."""
        idle = self._idle.get(str(sorted(surroundings.items())))
        return idle.pop() if idle else WorkerProcess(self._command, surroundings)

    def give_back(self, worker: WorkerProcess, surroundings: Mapping[str, str]) -> None:
        """A worker that has done its job, for the next one."""
        self._idle.setdefault(str(sorted(surroundings.items())), []).append(worker)


def needs_own_process(probe: Probe) -> bool:
    """Whether each trial of this probe must have a process that has seen nothing before."""
    return probe.kind == "static" and probe.environment is not None


def surroundings(probe: Probe, threads: int) -> dict[str, str]:
    """The environment of a worker: ours without what would change a measurement, and what the probe needs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith((*CHANGING, *RANKED))}
    memory = (probe.environment or {}) if probe.kind == "static" else KEEP
    package = str(Path(benchbench.__file__).parents[1])
    paths = [package, *inherited.get("PYTHONPATH", "").split(os.pathsep)]
    return inherited | {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "GOMP_SPINCOUNT": SPINS,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        **memory,
    }
