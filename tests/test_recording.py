"""What is kept of a result: everything it says, and the commit of the suite that asked for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import recording
from benchbench.measure import Result
from benchbench.types import Measured, Measurement, Place, Settings
from tests.nightly_records import HERE, timed

OUTCOME = Measured((Measurement("latency_ms", (1.0,)),))


def test_the_commit_stands_among_the_facts_and_leaves_the_key_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def commit_of(file: str) -> Settings:
        asked.append(file)
        return {"commit": "ab" * 20}

    monkeypatch.setattr(recording, "commit_of", commit_of)
    suite, trial = str(tmp_path / "mine.yaml"), timed()
    trial = replace(trial, variant=replace(trial.variant, place=Place(suite, 3, 5)))
    result = Result(trial, OUTCOME, {"weights": "random"}, HERE, {"probe latency": "1"})
    record = recording.record_of(result, "cd" * 32, "run-1")
    assert asked == [suite]
    assert record.facts == {"commit": "ab" * 20, "weights": "random"}
    assert (record.key, record.run, record.outcome) == ("cd" * 32, "run-1", OUTCOME)


def test_without_a_repository_nothing_is_said_of_one(tmp_path: Path) -> None:
    trial = timed()
    trial = replace(trial, variant=replace(trial.variant, place=Place(str(tmp_path / "mine.yaml"), 3, 5)))
    record = recording.record_of(Result(trial, OUTCOME, {}, HERE, {}), "cd" * 32, "run-1")
    assert "commit" not in record.facts
