"""The exact tier: what needs no clock is in it, and nothing else. Nothing is measured here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.catalog.probes import PROBES
from benchbench.lineage import is_clockless, is_timed
from benchbench.recovery import NOTHING
from benchbench.sides import side
from benchbench.tiers import of_side, within
from benchbench.types import Condition, ProbeUse
from tests import recovered_suite
from tests.kept_records import latency, size, top1

EXACT = {"builds", "drift", "flops", "loading", "original-size", "size", "structure"}


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_counts_and_drift_need_no_clock_and_everything_else_does_or_needs_data() -> None:
    uses = [ProbeUse(name, condition=Condition()) for name in PROBES]
    assert {use.name for use in uses if is_clockless(use)} == EXACT
    assert {use.name for use in uses if is_timed(use)} == {"encoder-latency", "latency", "throughput", "train-step"}


def test_a_plan_within_the_tier_keeps_its_suite_and_no_other_probe(tmp_path: Path) -> None:
    laid = flow.plan(flow.Request("quickstart", records=tmp_path))
    found = within(laid)
    assert found.suite == laid.suite
    assert {cohort.probe.name for cohort in found.cohorts} == {"size", "structure", "flops", "drift"}
    assert {entry.trial.probe.name for entry in found.entries} == {"size", "structure", "flops", "drift"}
    assert len(found.entries) == 20
    assert found.keys == laid.keys


def test_attempts_are_built_in_it(tmp_path: Path) -> None:
    found = within(flow.plan(flow.Request("detr", select="nhead-6", records=tmp_path)))
    assert "builds" in {cohort.probe.name for cohort in found.cohorts}


def test_nothing_is_trained_for_it(tmp_path: Path) -> None:
    suite = recovered_suite.write(tmp_path)
    asked = flow.Request(str(suite), records=tmp_path / "records", recover=True)
    assert flow.plan(asked).trainings
    found = within(flow.plan(asked))
    assert not found.trainings
    assert flow.plan(asked).forecast != found.forecast == NOTHING
    assert {entry.trial.probe.name for entry in found.entries} == {"size"}


def test_of_a_suite_without_such_probes_nothing_is_left(tmp_path: Path) -> None:
    found = within(flow.plan(flow.Request("quickstart", select="latency", records=tmp_path)))
    assert not found.cohorts
    assert not found.entries
    assert replace(found, entries=()) == found


def test_of_one_side_of_a_comparison_counts_are_left(tmp_path: Path) -> None:
    size(tmp_path, 1)
    latency(tmp_path, 0.5)
    top1(tmp_path, [True, False])
    whole = side("night", tmp_path)
    found = of_side(whole)
    assert {entry.trial.probe.name for entry in whole.entries.values()} == {"size", "latency", "top1"}
    assert {entry.trial.probe.name for entry in found.entries.values()} == {"size"}
    assert (found.name, found.store) == (whole.name, whole.store)
