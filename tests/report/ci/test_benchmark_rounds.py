"""JSON that pytest-benchmark itself reads, with its own figures, and compares on its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_benchmark.stats
from hypothesis import given
from hypothesis import strategies as st

from benchbench.errors import UnknownName
from benchbench.report.ci import formats, write_account, write_comparison
from benchbench.report.ci.benchmark_rounds import _stats, seconds
from benchbench.types import Condition, Measured, Measurement
from tests.report.accounts import METRICS, account
from tests.report.ci.outcomes import comparison


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=40))
def test_figures_are_those_of_pytest_benchmark(rounds: list[float]) -> None:
    theirs: Any = pytest_benchmark.stats.Stats()  # type: ignore[no-untyped-call]
    for each in rounds:
        theirs.update(each)
    ours = _stats(rounds)
    assert ours.pop("data") == rounds
    assert ours.pop("iterations") == 1
    expected = theirs.as_dict()
    assert set(ours) == set(expected)
    for name, value in expected.items():
        assert ours[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-12)), name


def test_rounds_are_seconds_of_a_call() -> None:
    columns = {"round": (0.0, 1.0)}
    batch = Condition(batch=8)
    assert seconds(Measurement("latency_ms", (20.0, 30.0), columns), METRICS["latency_ms"], batch) == (0.02, 0.03)
    assert seconds(Measurement("throughput_ips", (16.0, 4.0), columns), METRICS["throughput_ips"], batch) == (0.5, 2.0)
    assert seconds(Measurement("latency_ms", (20.0,)), METRICS["latency_ms"], batch) == ()
    assert seconds(Measurement("AP", (0.4,), {"round": (0.0,)}), METRICS["AP"], batch) == ()


def test_every_timed_trial_is_there_with_its_samples() -> None:
    found = {each["fullname"]: each for each in json.loads(write_account(account(), "pytest-benchmark"))["benchmarks"]}
    timed = {
        f"detr::{entry.trial.label}::{measurement.metric}": measurement
        for entry in account().entries
        if isinstance(entry.outcome, Measured)
        for measurement in entry.outcome.measurements
        if "round" in measurement.columns
    }
    assert set(found) == set(timed)
    name = "detr::full / latency / heads::latency_ms"
    assert found[name]["stats"]["data"] == pytest.approx([each / 1e3 for each in timed[name].samples])
    assert found[name]["extra_info"]["key"] == "full-latency-heads"


def compare(folder: Path, *words: str) -> str:
    program = [sys.executable, "-m", "pytest_benchmark", "compare", *words]
    done = subprocess.run(
        program, cwd=folder, env={**os.environ, "COLUMNS": "300"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_command_line_compares_two_runs(tmp_path: Path) -> None:
    def slower(content: dict[str, Any]) -> str:
        for each in content["benchmarks"]:
            each["stats"] |= {name: 2 * each["stats"][name] for name in ("min", "max", "mean", "median")}
        return json.dumps(content)

    text = write_account(account(), "pytest-benchmark")
    (tmp_path / "0001_before.json").write_text(text, encoding="utf-8")
    (tmp_path / "0002_after.json").write_text(slower(json.loads(text)), encoding="utf-8")
    words = ("--group-by=fullname", "--columns=min", "--sort=min", "-k", "latency and heads")
    told = compare(tmp_path, *words, "0001_before.json", "0002_after.json")
    assert "full / latency / heads" in told
    assert "(1.0)" in told
    assert "(2.00)" in told


def test_a_comparison_has_no_rounds_to_write() -> None:
    with pytest.raises(UnknownName, match="pytest-benchmark"):
        write_comparison(comparison(), "pytest-benchmark")
    with pytest.raises(UnknownName, match="junitt"):
        write_account(replace(account(), entries=()), "junitt")
    assert len(formats()) == 7
