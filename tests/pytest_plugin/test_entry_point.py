"""Installed, the plugin is there without being asked for, as nobody types `-p benchbench.pytest_plugin`."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from benchbench import pytest_plugin

NAME = "benchbench.pytest_plugin"


def test_the_installed_package_names_its_plugin_to_pytest() -> None:
    """Under the module's own name, so that a run which names it, too, registers it once."""
    found = [each for each in entry_points(group="pytest11") if each.value == NAME]
    assert {each.name for each in found} == {NAME}, "renew the installation: pip install -e ."
    assert found[0].load() is pytest_plugin


@pytest.mark.integration
def test_a_plain_pytest_collects_a_suite(folder: Path) -> None:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", "suites"],
        check=False,
        cwd=folder,
        env=outer,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout
    assert "suites/tiny.yaml::claim/half-gone" in ended.stdout
