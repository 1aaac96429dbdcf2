"""The machine, as far as it can be told without torch."""

import importlib
import os
import subprocess
import sys

import pytest

from benchbench.measure import environment, signature, usable_cores

# The package gives its function the same name.
machine = importlib.import_module("benchbench.measure.environment")


def test_the_environment_is_complete_and_the_signature_its_part() -> None:
    here = environment(threads=2)
    assert here["threads"] == 2
    assert here["cpu"]
    assert isinstance(here["memory_mib"], int)
    assert signature(here).items() <= here.items()
    assert signature(here)["torch"] == here["torch"]
    assert "load_average" not in signature(here)
    assert signature(environment(threads=1)) != signature(here)


def test_cores_are_those_we_may_use() -> None:
    assert 1 <= usable_cores() <= (int(str(environment()["cores_logical"])))


@pytest.mark.parametrize(("quota", "cores"), [(None, 8), (4.0, 4), (2.9, 2), (0.5, 1), (64.0, 8)])
def test_a_quota_cuts_the_cores_down(monkeypatch: pytest.MonkeyPatch, quota: float | None, cores: int) -> None:
    monkeypatch.setattr(machine, "cpu_quota", lambda: quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)))
    assert usable_cores() == cores
    assert environment()["cpu_quota"] == quota


def test_the_stage_loads_no_torch() -> None:
    program = "import sys, benchbench.measure\nprint([n for n in ('torch', 'scipy', 'pandas') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
