"""Gates as items: each trial beside a baseline, whatever -k selects."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchbench.record import Store
from tests.pytest_plugin.conftest import SUITE, Pytest
from tests.pytest_plugin.test_collecting import ITEMS, collected

pytestmark = pytest.mark.integration
NIGHT = "--benchbench-baseline=night"
GATES = [f"gate/{item}" for item in ITEMS if not item.startswith("claim")]
WHOLE = ("-v", "-rs", "-k", "gate and (size or latency)", NIGHT)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose records were kept as the baseline `night`, of the trials that take seconds."""
    folder = tmp_path_factory.mktemp("night")
    suite = folder / "tiny.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    for words in (["run", "-k", "(size or latency) and not broken"], ["baseline", "set", "night"]):
        command = [sys.executable, "-m", "benchbench", *words, *([] if "set" in words else [str(suite)])]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def again(folder: Path, night: Path) -> Path:
    """This night's records, equal to the baseline's beside them."""
    shutil.copytree(night / "records", folder / "records")
    return folder / "records"


def edit(records: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    (path,) = records.glob(f"stand-in/{name}-*.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def longer(content: dict[str, Any]) -> None:
    for measurement in content["outcome"]["measurements"]:
        measurement["samples"] = [5.0 * sample for sample in measurement["samples"]]


@pytest.mark.usefixtures("again")
def test_without_a_baseline_there_are_none_and_with_one_they_come_last(run: Pytest) -> None:
    assert not [name for name in collected(run, "suites") if name.startswith("gate/")]
    found = collected(run, "suites", NIGHT)
    own = len(ITEMS)
    assert sorted(found[:own]) == sorted(ITEMS)
    assert sorted(found[own:]) == sorted(GATES)
    assert collected(run, "suites", NIGHT, "-k", "gate and latency and heads") == ["gate/stand-in/latency/heads"]
    assert collected(run, f"suites/tiny.yaml::{GATES[0]}", NIGHT) == [GATES[0]]
    exact = collected(run, "suites", NIGHT, "--benchbench-tier", "exact")
    assert sorted(exact[-3:]) == sorted(gate for gate in GATES if "/size/" in gate)


def test_the_ini_file_may_name_it_and_the_option_goes_before(run: Pytest, folder: Path, again: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\nbenchbench_baseline = nought\n", encoding="utf-8")
    assert sorted(collected(run, "suites", NIGHT)[len(ITEMS) :]) == sorted(GATES)
    ended = run("suites")
    assert ended.returncode == pytest.ExitCode.INTERRUPTED
    assert "'nought' is no folder, no baseline and no git revision" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "gate.py" not in ended.stdout
    shutil.copytree(again / "baselines" / "night", folder / "nought")
    assert sorted(collected(run, "suites")[len(ITEMS) :]) == sorted(GATES)


@pytest.mark.slow
def test_a_night_as_before_passes_and_what_cannot_be_told_is_skipped(run: Pytest, again: Path) -> None:
    edit(again, "latency/heads", lambda content: content["environment"].update(cpu="Another CPU"))
    ended = run(*WHOLE, "suites")
    assert "::gate/stand-in/size/base PASSED" in ended.stdout
    assert "::gate/stand-in/size/heads PASSED" in ended.stdout
    assert "::gate/stand-in/latency/heads SKIPPED" in ended.stdout
    assert "not comparable: cpu: " in ended.stdout
    assert "| Another CPU" in ended.stdout
    assert "::gate/stand-in/latency/broken SKIPPED" in ended.stdout
    assert "outside the default budget" in ended.stdout
    assert "::gate/stand-in/size/broken FAILED" in ended.stdout, "new and failed"
    assert ended.stdout.count("/latency/base FAILED") == 0, "a reference's time is a sign at most"
    assert "= 1 failed, " in ended.stdout


def test_regressions_fail_with_both_numbers_and_nothing_is_measured_for_them(run: Pytest, again: Path) -> None:
    def grow(content: dict[str, Any]) -> None:
        for measurement in content["outcome"]["measurements"]:
            measurement["samples"] = [sample + 1000 for sample in measurement["samples"]]

    edit(again, "size/heads", grow)
    edit(again, "latency/heads", longer)
    before = Store(again).records()
    ended = run("-v", "-k", "gate and heads and not coco", NIGHT, "suites")
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert "::gate/stand-in/size/heads FAILED" in ended.stdout
    assert "::gate/stand-in/latency/heads FAILED" in ended.stdout
    assert "regression: params " in ended.stdout
    assert "an exact number: any change is one" in ended.stdout
    assert "regression: latency_ms " in ended.stdout
    assert "gating.py" not in ended.stdout
    assert Store(again).records() == before
    first = run("-x", "-k", "gate and heads and not coco", NIGHT, "suites")
    assert "1 failed" in first.stdout
    assert "stopping after 1 failures" in first.stdout


@pytest.mark.slow
def test_a_gate_has_its_trial_measured_and_no_other(run: Pytest, folder: Path, night: Path) -> None:
    shutil.copytree(night / "records" / "baselines" / "night", folder / "kept")
    ended = run("-v", "-k", "gate and size and heads", "--benchbench-baseline=kept", "suites")
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout
    labels = {record.trial.label for record in Store(folder / "records").records()}
    assert labels == {"stand-in / size / base", "stand-in / size / heads"}
