"""Which files are suites, what becomes of them, and that nobody else is disturbed. Nothing is measured here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import SUITE, Pytest

pytestmark = pytest.mark.integration
ITEMS = [
    *(f"stand-in/size/{variant}" for variant in ("base", "heads", "broken")),
    *(f"stand-in/latency/{variant}" for variant in ("base", "heads")),
    "stand-in/coco-ap/base",
    *("stand-in/latency/broken", "stand-in/coco-ap/heads", "stand-in/coco-ap/broken"),
    *("claim/half-gone", "claim/smaller", "claim/precise"),
]


def collected(run: Pytest, *words: str) -> list[str]:
    lines = run("--collect-only", "-q", *words).stdout.splitlines()
    return [line.partition("::")[2] for line in lines if "::" in line]


@pytest.mark.parametrize("named", ["suites/", "suites/tiny.yaml"])
def test_a_named_suite_is_collected_trials_in_the_order_they_are_measured_then_claims(run: Pytest, named: str) -> None:
    found = collected(run, named)
    assert sorted(found) == sorted(ITEMS)
    assert found[:6] == ITEMS[:6]
    assert found[-3:] == ITEMS[-3:]


def test_k_selects_items_and_an_item_can_be_named(run: Pytest) -> None:
    assert collected(run, "suites", "-k", "latency and heads") == ["stand-in/latency/heads"]
    assert collected(run, "suites/tiny.yaml::claim/smaller") == ["claim/smaller"]


def test_a_suite_that_was_not_asked_for_is_left_alone(run: Pytest, folder: Path) -> None:
    assert collected(run) == []
    assert collected(run, ".") == []
    (folder / "pytest.ini").write_text("[pytest]\nbenchbench_suites = suites/*.yaml\n", encoding="utf-8")
    assert sorted(collected(run)) == sorted(ITEMS)


def test_other_yaml_is_left_alone(run: Pytest, folder: Path) -> None:
    (folder / "suites" / "tiny.yaml").write_text("suite: of armchairs\nscales: none\n", encoding="utf-8")
    ended = run("suites")
    assert ended.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, ended.stdout


def test_a_bad_suite_is_an_error_with_every_complaint_and_no_traceback(run: Pytest, folder: Path) -> None:
    bad = SUITE.replace("prune-heads", "prune-heds").replace("title: stand-in DETR", "titel: x")
    (folder / "suites" / "tiny.yaml").write_text(bad, encoding="utf-8")
    ended = run("suites")
    assert ended.returncode == pytest.ExitCode.INTERRUPTED
    assert "did you mean 'prune-heads'" in ended.stdout
    assert "did you mean 'title'" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "board.py" not in ended.stdout


def test_the_exact_tier_alone(run: Pytest) -> None:
    found = collected(run, "suites", "--benchbench-tier", "exact")
    assert found[:3] == ITEMS[:3]
    assert found[3:] == ITEMS[-3:]


def test_an_unrelated_run_loads_nothing_of_ours_but_the_plugin(run: Pytest, folder: Path) -> None:
    (folder / "test_own.py").write_text(
        "import sys\n\ndef test_own():\n"
        "    ours = {name for name in sys.modules if name.startswith('benchbench')}\n"
        "    assert ours == {'benchbench', 'benchbench.pytest_plugin'}\n"
        "    assert not {'numpy', 'torch', 'typer', 'pydantic'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    ended = run("test_own.py", "-p", "no:benchmark", "-p", "no:hypothesispytest")
    assert ended.returncode == 0, ended.stdout


def test_importing_the_plugin_is_cheap() -> None:
    program = "import sys, pytest\nbefore = set(sys.modules)\nimport benchbench.pytest_plugin\n"
    program += "print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['benchbench', 'benchbench.pytest_plugin']"
