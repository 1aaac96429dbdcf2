"""Two revisions of a project measured by turns, in real processes."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

import benchbench
from tests.end_to_end.changing_project import TOY, Project, project

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def toys(tmp_path: Path, cache: Path) -> Project:
    return project(tmp_path, cache)


def told(found: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The changes by variant and metric."""
    return {(each["variant"], each["metric"]["name"]): each for each in json.loads(found)["changes"]}


def test_four_times_as_slow_is_found_and_confirmed(toys: Project) -> None:
    """So much that no load of this machine hides it."""
    base = toys.commit(TOY)
    toys.commit(TOY.replace("Toy(0.02)", "Toy(0.08)"))
    done = toys.compare(base, "HEAD", "--json")
    assert done.returncode == 4, done.stderr
    slow = told(done.stdout)["other", "latency_ms"]
    assert slow["judgement"] == "regression"
    assert slow["effect"]["low"] < 3.0 < slow["effect"]["high"] + 0.5
    assert "seen again in fresh processes" in slow["why"]
    assert told(done.stdout)["plain", "latency_ms"]["judgement"] != "regression"
    assert toys.is_clean()


def test_the_same_code_twice_alarms_nobody(toys: Project) -> None:
    base = toys.commit(TOY)
    toys.commit(TOY)
    done = toys.compare(base, "HEAD", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    changes = told(done.stdout)
    assert {each["judgement"] for each in changes.values()} <= {"equivalent", "inconclusive", "suspicious"}
    assert changes["plain", "params"]["judgement"] == "equivalent"
    assert toys.is_clean()


def test_a_head_that_crashes_is_a_regression_and_the_rest_is_measured(toys: Project) -> None:
    base = toys.commit(TOY)
    toys.commit(TOY.replace("return Toy(0.02)", "os.abort()"))
    done = toys.compare(base, "HEAD", "--json")
    assert done.returncode == 4, done.stderr
    changes = told(done.stdout)
    assert changes["other", "status"]["judgement"] == "regression"
    assert "SIGABRT" in changes["other", "status"]["why"]
    assert changes["plain", "latency_ms"]["effect"] is not None
    assert toys.is_clean()


def test_folders_are_compared_as_they_stand_and_counts_exactly(toys: Project, tmp_path: Path) -> None:
    base = toys.commit(TOY)
    head = tmp_path / "head"
    head.mkdir()
    (head / "toy.py").write_text(TOY.replace("Toy(0.02)", "Toy(0.02, 9)"), encoding="utf-8")
    (head / "suite.yaml").write_text((toys.place.folder / "suite.yaml").read_text(), encoding="utf-8")
    done = toys.compare(base, str(head))
    assert done.returncode == 4, done.stderr
    assert "params" in done.stdout
    assert "regression" in done.stdout
    assert f"HEAD {head}: suite and models from that checkout, measured by the installed benchbench" in done.stderr
    assert toys.is_clean()


def test_of_benchbench_itself_each_checkout_is_measured_by_its_own_code(toys: Project, tmp_path: Path) -> None:
    count = '"params": sum('
    for name in ("base", "head"):
        left_out = shutil.ignore_patterns("stand_ins", "suites", "__pycache__")
        shutil.copytree(Path(benchbench.__file__).parent, tmp_path / name / "benchbench", ignore=left_out)
        (tmp_path / name / "toy.py").write_text(TOY, encoding="utf-8")
        shutil.copy(toys.place.suite, tmp_path / name)
    probe = tmp_path / "head" / "benchbench" / "catalog" / "probes" / "size.py"
    assert count in probe.read_text(encoding="utf-8")
    probe.write_text(probe.read_text(encoding="utf-8").replace(count, '"params": 1 + sum('), encoding="utf-8")
    done = toys.compare(str(tmp_path / "base"), str(tmp_path / "head"), "--json")
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stdout.count("measured by that checkout's own benchbench") == 2
    assert told(done.stdout)["plain", "params"]["judgement"] == "regression"
    assert told(done.stdout)["plain", "params_nonzero"]["judgement"] == "equivalent"
    assert told(done.stdout)["plain", "latency_ms"]["effect"] is not None


def test_a_revision_that_is_not_there_is_a_usage_error(toys: Project) -> None:
    toys.commit(TOY)
    done = toys.compare("HEAD", "no-such-branch")
    assert done.returncode == 2
    assert "'no-such-branch' is no folder and no revision of git here" in done.stderr
    assert toys.is_clean()


def test_a_suite_that_is_wrong_is_told_with_its_side(toys: Project) -> None:
    base = toys.commit(TOY)
    suite = toys.place.suite
    suite.write_text(suite.read_text().replace("reference: plain", "reference: nobody"), encoding="utf-8")
    toys.commit(TOY)
    done = toys.compare(base, "HEAD")
    assert done.returncode == 2
    assert "HEAD (" in done.stderr
    assert "nobody" in done.stderr
    assert toys.is_clean()


def test_without_leave_nothing_of_it_runs_and_nothing_compares(toys: Project) -> None:
    toys.commit(TOY + "\nraise SystemExit('ran')\n")
    done = toys.place.run("bench-pr", "HEAD", "HEAD", "--suite", "suite.yaml")
    assert done.returncode == 6, done.stderr
    assert "ran" not in done.stdout.split()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_job_leaves_nothing(toys: Project, number: signal.Signals) -> None:
    base = toys.commit(TOY)
    words = toys.words(base, "HEAD")
    words[words.index("--seconds") + 1] = "600"
    program = toys.place.start(*words, "--rounds", "100000")
    assert program.stderr
    for line in program.stderr:
        if "round" in line:
            break
    program.send_signal(number)
    _, rest = program.communicate(timeout=60)
    assert program.returncode == 130, rest
    assert toys.is_clean()
