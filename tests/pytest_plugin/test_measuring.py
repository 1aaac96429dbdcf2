"""What items come to: real measurements in real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchbench.record import Store
from benchbench.types import Measured
from tests.pytest_plugin.conftest import Pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def measured(folder: Path) -> set[str]:
    return {record.trial.label for record in Store(folder / "records").records()}


def test_trials_pass_fail_and_skip_with_their_reasons(run: Pytest, folder: Path) -> None:
    ended = run("suites", "-v", "-rs", "-k", "size or claim")
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout
    for line in (
        *("::stand-in/size/base PASSED", "::stand-in/size/heads PASSED", "::stand-in/size/broken FAILED"),
        *("::claim/smaller PASSED", "::claim/half-gone FAILED", "::claim/precise SKIPPED"),
    ):
        assert line in ended.stdout
    assert "impossible: " in ended.stdout
    assert "not measured:" in ended.stdout
    assert "CannotCut" in ended.stdout
    assert "board.py" not in ended.stdout
    assert measured(folder) == {f"stand-in / size / {variant}" for variant in ("base", "heads", "broken")}


def test_a_refuted_claim_may_be_expected(run: Pytest) -> None:
    ended = run("suites", "-v", "-k", "(size or claim) and not broken", "--benchbench-refuted=xfail")
    assert ended.returncode == 0, ended.stdout
    assert "::claim/half-gone XFAIL" in ended.stdout


def test_x_stops_before_the_next_cohort_is_measured(run: Pytest, folder: Path) -> None:
    ended = run("suites", "-x")
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert measured(folder) == {f"stand-in / size / {variant}" for variant in ("base", "heads", "broken")}


def test_timed_trials_are_benchmarks_of_the_engines_own_samples(run: Pytest, folder: Path) -> None:
    first = run("suites", "-k", "latency", "--benchmark-json=first.json", "--benchmark-save=first")
    assert first.returncode == 0, first.stdout
    records = {record.trial.label: record.outcome for record in Store(folder / "records").records()}
    benchmarks = json.loads((folder / "first.json").read_text(encoding="utf-8"))["benchmarks"]
    assert {each["name"] for each in benchmarks} == {"stand-in/latency/base", "stand-in/latency/heads"}
    for each in benchmarks:
        outcome = records[each["name"].replace("/", " / ")]
        assert isinstance(outcome, Measured)
        [samples] = [one.samples for one in outcome.measurements if one.metric == "latency_ms"]
        assert each["stats"]["data"] == pytest.approx([sample / 1e3 for sample in samples], rel=1e-9)
        assert each["options"]["timer"] == "benchbench"
        assert each["extra_info"]["condition"]["threads"] == 1
    again = run("suites", "-k", "latency", "--benchmark-compare", "--benchmark-compare-fail=mean:1%")
    assert again.returncode == 0, again.stdout
    assert "(NOW)" in again.stdout


def test_only_benchmarks_and_without_pytest_benchmark(run: Pytest) -> None:
    only = run("suites", "-v", "-k", "(size or latency) and not broken", "--benchmark-only")
    assert only.returncode == 0, only.stdout
    assert "::stand-in/size/base SKIPPED" in only.stdout
    assert "::stand-in/latency/base PASSED" in only.stdout
    bare = run("suites", "-v", "-k", "latency and not broken", "-p", "no:benchmark")
    assert bare.returncode == 0, bare.stdout
    assert "::stand-in/latency/heads PASSED" in bare.stdout


def test_a_failed_timed_trial_fails_and_is_no_benchmark(run: Pytest, folder: Path) -> None:
    ended = run("suites", "--benchbench-all", "-k", "latency", "--benchmark-json=b.json")
    assert "1 failed, 2 passed" in ended.stdout, ended.stdout
    benchmarks = json.loads((folder / "b.json").read_text(encoding="utf-8"))["benchmarks"]
    assert {each["extra_info"]["variant"] for each in benchmarks} == {"base", "heads"}
