"""The machine, as far as it can be told without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchbench.measure import environment, signature, usable_cores
from benchbench.measure.environment import cpu_quota


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


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({}, None),
    ],
)
def test_the_quota_of_either_kind_of_control_group(tmp_path: Path, files: dict[str, str], quota: float | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpu_quota(tmp_path) == quota


def test_the_stage_loads_no_torch() -> None:
    program = "import sys, benchbench.measure\nprint([n for n in ('torch', 'scipy', 'pandas') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
