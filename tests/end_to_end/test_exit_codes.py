"""Every exit code through a real process: the ones that no other test of a command ends with, and which goes first.

0, 2, 3, 5 and 130 are `test_run.py`'s, 0, 3, 4 and 6 of gates `test_compare.py`'s and, against the committed baseline,
`test_nightly.py`'s.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchbench.types import Failed
from tests.end_to_end.conftest import SUITE, Place
from tests.kept_records import kept, size, trial

pytestmark = pytest.mark.integration
BUG = """
import sys
from benchbench import commands
from benchbench.cli import main

def plan(*_, **__):
    raise RuntimeError("a bug of ours")

commands.plan = plan
sys.argv = ["benchbench", "plan", "small.yaml"]
main()
"""
BROKEN = SUITE.replace("probes:\n", "  broken:\n    title: none left\n    steps: [prune-heads: {count: 9}]\nprobes:\n")


def test_a_bug_is_1_and_hides_nothing(place: Place) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BUG], cwd=place.folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "RuntimeError: a bug of ours" in ended.stderr


def test_a_refuted_claim_goes_before_a_trial_that_failed(place: Place) -> None:
    place.suite.write_text(BROKEN, encoding="utf-8")
    ended = place.run("run", "small.yaml", "-k", "size", "--strict")
    assert ended.returncode == 5, ended.stderr
    assert "failed" in ended.stderr
    assert place.run("run", "small.yaml", "-k", "size").returncode == 3


def test_an_invalid_suite_goes_before_anything_recorded(place: Place) -> None:
    """Nothing is compared, though the records alone would be a regression."""
    size(place.folder / "a", 1)
    size(place.folder / "b", 2)
    place.suite.write_text(SUITE.replace("reference: base", "reference: bass"), encoding="utf-8")
    assert place.run("compare", "a", "b", "--gate").returncode == 4
    assert place.run("compare", "a", "b", "--gate", "--suite", "small.yaml").returncode == 2


def test_a_regression_goes_before_what_failed_and_that_before_nothing_to_compare(place: Place) -> None:
    before, after = place.folder / "a", place.folder / "b"
    for folder in (before, after):
        kept(folder, trial("flops"), Failed("x"))
    assert place.run("compare", "a", "b", "--gate").returncode == 3
    size(before, 1)
    size(after, 2)
    assert place.run("compare", "a", "b", "--gate").returncode == 4
