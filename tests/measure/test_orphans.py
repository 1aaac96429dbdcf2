"""SIGKILL of the conductor: the worker must not outlive it, even one that is stuck."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.integration


def test_no_worker_outlives_its_conductor(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.measure.orphaned", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as conductor:
        assert conductor.stdout
        worker = psutil.Process(int(conductor.stdout.readline()))
        conductor.kill()
    _, alive = psutil.wait_procs([worker], timeout=20)
    assert not alive
