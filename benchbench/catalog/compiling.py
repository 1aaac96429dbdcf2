"""`torch.compile` in one of its modes: the forward pass as C++ of its own, on a GPU as kernels of Triton.

It is made for each input shape at its first call. Where the compiler cannot follow the Python code, what lies between
goes on in eager PyTorch: `graph_breaks` counts these places.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from benchbench.catalog.agreement import Agreeing, Call
from benchbench.catalog.contracts import Absent, Inputs, Runtime, Subject
from benchbench.errors import CannotRun
from benchbench.types import Condition

TOLERANCE = 1e-4
SHAPES = 64
"""Input shapes of one model that are compiled; PyTorch's own limit is 8, beyond which it goes on in eager, unsaid."""
CACHE = "TORCHINDUCTOR_CACHE_DIR"
Mode = Literal["default", "reduce-overhead", "max-autotune"]


def missing() -> Absent | None:
    """The C++ compiler that `CXX` names, else the system's own; and Python's headers, which compiled code includes."""
    compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    if shutil.which(compiler) is None:
        return Absent(f"torch.compile needs a C++ compiler, and {compiler} is not there", "apt-get install g++")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return Absent("torch.compile needs Python's headers, and Python.h is not there", "apt-get install python3-dev")
    return None


def lacks(device: str) -> Absent | None:
    """Triton, where the kernels of a GPU are to be made."""
    if device.startswith("cuda") and find_spec("triton") is None:
        return Absent("torch.compile needs Triton on a GPU, and it is not there", "pip install triton")
    return None


def lacks_graphs(device: str) -> Absent | None:
    """What these modes do, they do on a GPU alone."""
    if device.startswith("cuda"):
        return lacks(device)
    return Absent(
        "this mode of torch.compile changes something on a GPU only", "`runtime: compiled`, or `device: cuda`"
    )


def runtime(name: str, mode: Mode, lacks: Callable[[str], Absent | None] = lacks) -> Runtime:
    """An entry of the shelf: compiled in this mode."""

    def start(subject: Subject, condition: Condition) -> Call:
        """Raises CannotRun where something is missing; compiles nothing yet."""
        lack = missing() or lacks(condition.device)
        if lack is not None:
            raise CannotRun(lack.reason, lack.remedy)
        return Compiled(name, subject, mode)

    return Runtime(name=name, version=1, tolerance=TOLERANCE, start=start, missing=missing, lacks=lacks)


class Compiled(Agreeing):
    """The mode stands with the record's facts."""

    def __init__(self, name: str, subject: Subject, mode: Mode) -> None:
        super().__init__(name, subject.model, TOLERANCE)
        self._compiled: Call | None = None
        self._mode = mode
        self.facts |= {"mode": mode, "graph_breaks": 0, "compile_s": 0.0}

    def ready(self, inputs: Inputs) -> Call:
        began = time.perf_counter()
        os.environ.setdefault(CACHE, str(_cache()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call, breaks = self._made(inputs)
            except CannotRun:
                raise
            except Exception as error:
                raise CannotRun(f"torch.compile: {_words(error)}", "measure it in eager: `runtime: eager`") from error
        self.facts["graph_breaks"] = int(str(self.facts["graph_breaks"])) + breaks
        self.facts["compile_s"] = round(float(str(self.facts["compile_s"])) + time.perf_counter() - began, 2)
        return call

    def words(self) -> list[str]:
        told = super().words()
        return [*told, f"the compiler left {self.facts['graph_breaks']} places to eager"] if told else []

    def _made(self, inputs: Inputs) -> tuple[Call, int]:
        """The compiled call, run once on these inputs, and how often the compiler could not follow."""
        import torch
        from torch._dynamo import config
        from torch._dynamo.utils import counters
        from torch._inductor import config as inductor

        limits: dict[str, Any] = {"recompile_limit": SHAPES, "accumulated_recompile_limit": 64 * SHAPES}
        before = sum(counters["graph_break"].values())
        call = torch.compile(self.model, dynamic=False, mode=self._mode) if self._compiled is None else self._compiled
        self._compiled = call
        # Compiling in this process: others would stay and wait beside whatever is timed.
        with config.patch(fail_on_recompile_limit_hit=True, **limits), inductor.patch(compile_threads=1):
            self.compare(call, inputs)
        return call, sum(counters["graph_break"].values()) - before


def _cache() -> Path:
    """Where compiled code stays: a folder of one's own, and, as the number of threads is compiled in, one for each."""
    import torch

    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "benchbench" / f"inductor-{torch.__version__}-{torch.get_num_threads()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotRun(f"torch.compile cannot write to {folder}: {error.strerror}", f"set {CACHE}") from error
    return folder


def _words(error: Exception) -> str:
    """The kind of the innermost error and its first line; the compiler's command and log follow them."""
    cause: BaseException = error
    while isinstance(inner := getattr(cause, "inner_exception", None) or cause.__cause__, Exception):
        cause = inner
    return f"{type(cause).__name__}: {next(iter(str(cause).strip().splitlines()), '')}"
