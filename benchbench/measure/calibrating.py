"""This machine's limits, measured in a process with torch. Loads none itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from benchbench.catalog.probes import PROBES
from benchbench.errors import Crashed
from benchbench.measure.crew import surroundings
from benchbench.types import Machine

COMMAND = (sys.executable, "-P", "-m", "benchbench.measure.peaks")
PATIENCE_S = 300.0
MACHINE = (
    "cpu", "architecture", "cores_physical", "cores_logical", "cores_usable", "cpu_quota", "device", "threads", "torch",
)  # fmt: skip
"""What of an environment a machine's limits depend on."""


def calibrate(threads: int, command: Sequence[str] = COMMAND) -> Machine:
    """The limits with so many threads, in the surroundings of a timed probe. Raises Crashed where its process fails."""
    try:
        done = subprocess.run(
            [*command, str(threads)],
            env=surroundings(PROBES["latency"], threads),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
            start_new_session=True,
        )
        found = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise Crashed(f"the calibration ended with status {error.returncode}", error.stderr[-2000:].strip()) from error
    except subprocess.TimeoutExpired as error:
        raise Crashed(f"the calibration was not done in {PATIENCE_S:g} s", "free the machine and try again") from error
    return Machine(
        signature={name: found["environment"].get(name) for name in MACHINE},
        multiply_adds=found["multiply_adds"],
        bandwidth=found["bandwidth"],
        noise=found["noise"],
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        notes=tuple(found["notes"]),
        apart=found["apart"],
    )
