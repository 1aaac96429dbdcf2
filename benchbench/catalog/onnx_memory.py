"""What a forward pass of an ONNX file needs in memory: ONNX Runtime alone, in a process that has no PyTorch.

    python -m benchbench.catalog.onnx_memory FILE INPUTS.npz THREADS

prints one line of JSON. The pass that is measured is the first one: ONNX Runtime keeps what it took for it.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchbench.catalog import memory
from benchbench.catalog.onnx_session import opened
from benchbench.errors import CannotRun

TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Held:
    """Resident bytes of the process: before the pass, with the session open, and at the peak."""

    before: int
    peak: int
    how: str


def held(file: Path, inputs: Path, threads: int) -> Held:
    """Measure a file on arrays by its inputs' names. Raises CannotRun with what the process said."""
    command = [sys.executable, "-P", "-m", __name__, str(file), str(inputs), str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"one pass of {file.name} took more than {TIMEOUT_S:g} s") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise CannotRun(f"ONNX Runtime in a process of its own: {said[-1]}")
    return Held(**json.loads(done.stdout))


def main(arguments: Sequence[str]) -> None:
    """Open the file, run it once, and print what the process held."""
    import numpy as np

    file, inputs, threads = arguments
    session = opened(Path(file), int(threads), "cpu")
    with np.load(inputs, allow_pickle=False) as stored:
        arrays = {each.name: stored[each.name] for each in session.get_inputs()}
    gc.collect()
    print(json.dumps(asdict(_pass(session, arrays))))


def _pass(session: Any, arrays: dict[str, Any]) -> Held:
    is_marked = memory.begin_anew()
    before = memory.resident()
    result = session.run(None, arrays)
    peak = memory.status("VmHWM") if is_marked else memory.resident()
    del result
    return Held(before, peak, "peak by the kernel (VmHWM)" if is_marked else "read after the pass: no mark of the peak")


if __name__ == "__main__":
    main(sys.argv[1:])
