"""A worker without models, whose children leave its session: `python -m tests.measure.straying HOW`.

Prints the ids of its processes as a message, and then hangs in native code, sleeps, or, once it is given a job, ends or
falls.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

from benchbench.measure.lifeline import die_with_parent, take_all_along

DAEMON = """
import os, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
print(os.getpid(), flush=True)
time.sleep(600)
"""
"""As services start: of a parent that has ended, in a session of its own, and nobody's child."""
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(600)"


def stray() -> int:
    """The id of a process whose parent has ended, and that does not end with its session."""
    with subprocess.Popen([sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, text=True) as born:
        assert born.stdout
        return int(born.stdout.readline())


def main(how: str) -> None:
    die_with_parent()
    take_all_along()
    nested = subprocess.Popen([sys.executable, "-c", PARENT, DAEMON], stdout=subprocess.PIPE, text=True)
    assert nested.stdout
    pids = [os.getpid(), stray(), nested.pid, int(nested.stdout.readline())]
    print(json.dumps({"say": "progress", "pids": pids}), flush=True)
    if how == "sleep":
        time.sleep(600)
    if how == "hang":
        ctypes.PyDLL(None).sleep(600)
    sys.stdin.readline()
    if how == "fall":
        os.kill(os.getpid(), signal.SIGSEGV)
    sys.exit(7)


if __name__ == "__main__":
    main(sys.argv[1])
