"""`benchbench run`, from a suite file to a report, again, interrupted, killed, and beside itself."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_run_ends_with_a_report_and_the_next_one_measures_nothing(place: Place) -> None:
    first = place.run("run", "small.yaml")
    assert first.returncode == 0, first.stderr
    page = text(place.folder / "reports" / "small.html")
    assert "half the heads is half the parameters" in page
    assert "heads 8 to 4" in page
    before = {path: path.read_bytes() for path in place.records()}
    assert len(before) == 6
    again = place.run("run", "small.yaml")
    assert again.returncode == 0, again.stderr
    assert "0 to measure" in again.stderr
    assert {path: path.read_bytes() for path in place.records()} == before


def test_a_changed_setting_measures_only_what_it_touched(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    assert len(place.records()) == 2
    changed = place.run("run", "small.yaml", "-k", "size", "--set", "variants.heads.steps.0.prune-heads.count=2")
    assert changed.returncode == 0, changed.stderr
    assert "1 to measure" in changed.stderr
    assert len(place.records()) == 3


def test_a_refuted_claim_is_an_exit_code_only_when_strict(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    strict = place.run("run", "small.yaml", "-k", "size", "--strict", "--json")
    assert strict.returncode == 5
    [verdict] = json.loads(strict.stdout)["verdicts"]
    assert verdict["claim"] == "half-gone"
    assert verdict["ruling"] == "impossible"


def test_a_variant_that_cannot_be_built_fails_alone(place: Place) -> None:
    ended = place.run("run", "small.yaml", "-k", "size", "--set", "variants.heads.steps.0.prune-heads.count=9")
    assert ended.returncode == 3, ended.stderr
    outcomes = [json.loads(text(path))["outcome"] for path in place.records()]
    assert sum("error" in outcome for outcome in outcomes) == 1
    assert sum("measurements" in outcome for outcome in outcomes) == 1
    assert "9" in ended.stderr


def test_every_complaint_about_a_suite_comes_at_once(place: Place) -> None:
    bad = text(place.suite).replace("prune-heads", "prune-heds").replace("title: stand-in DETR", "titel: x")
    place.suite.write_text(bad, encoding="utf-8")
    ended = place.run("run", "small.yaml")
    assert ended.returncode == 2
    assert "did you mean 'prune-heads'" in ended.stderr
    assert "did you mean 'title'" in ended.stderr
    assert "small.yaml:" in ended.stderr


def test_killed_at_any_moment_the_next_run_goes_on(place: Place) -> None:
    running = place.start("run", "small.yaml")
    assert running.stderr is not None
    children: set[psutil.Process] = set()
    for line in running.stderr:
        children |= set(psutil.Process(running.pid).children(recursive=True))
        if "1/6" in line:
            break
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.communicate()
    _, alive = psutil.wait_procs(list(children), timeout=30)
    assert not alive
    kept = set(place.records())
    assert kept
    ended = place.run("run", "small.yaml")
    assert ended.returncode == 0, ended.stderr
    assert kept <= set(place.records())
    assert len(place.records()) == 6


def test_an_interrupt_is_resumable(place: Place) -> None:
    running = place.start("run", "small.yaml")
    assert running.stderr is not None
    for line in running.stderr:
        if "1/6" in line:
            break
    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    _, words = running.communicate(timeout=120)
    assert running.returncode == 130, words
    assert "resume" in words
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert place.run("run", "small.yaml").returncode == 0
    assert len(place.records()) == 6


def test_two_runs_on_one_folder_do_no_trial_twice(place: Place) -> None:
    both = [place.start("run", "small.yaml"), place.start("run", "small.yaml")]
    ends = [running.communicate(timeout=300) for running in both]
    assert [running.returncode for running in both] == [0, 0], ends
    assert len(place.records()) == 6


def test_a_record_cut_in_half_is_told_and_measured_again(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    victim = place.records()[0]
    victim.write_bytes(victim.read_bytes()[:200])
    ended = place.run("run", "small.yaml", "-k", "size")
    assert ended.returncode == 0, ended.stderr
    assert "1 to measure" in ended.stderr
    assert victim.name in ended.stderr
    assert len(place.records()) == 3
