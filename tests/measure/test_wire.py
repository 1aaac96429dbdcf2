"""Nouns through JSON and back."""

import json
from pathlib import Path

import pytest

from benchbench.measure.job import Job
from benchbench.measure.wire import plain, revive
from benchbench.types import Failed, Measured, Measurement, Place, Use
from tests.measure.cohorts import BASE, SMALLER, cohort, variant, work


def test_a_job_survives() -> None:
    asked = cohort(
        "latency", BASE, SMALLER, variant("odd", layers=2, sizes=[1, [2, None]]), calibration=Use("dots", {"count": 3})
    )
    job = Job(asked, work(Path("/somewhere")), (0, 2))
    assert revive(Job, json.loads(json.dumps(plain(job)))) == job


def test_places_survive_though_they_do_not_count() -> None:
    use = Use("drop", {"count": 1}, place=Place("suite.yaml", 3, 4))
    assert revive(Use, json.loads(json.dumps(plain(use)))).place == use.place


@pytest.mark.parametrize(
    "outcome",
    [
        Measured((Measurement("a", (1.0, float("inf")), {"round": (0.0, 1.0)}, (0.5, 1.5)), Measurement("b", (2.0,)))),
        Measured((), ("a note",)),
        Failed("broken", "at line 3"),
    ],
)
def test_outcomes_survive(outcome: Measured | Failed) -> None:
    assert revive(type(outcome), json.loads(json.dumps(plain(outcome)))) == outcome


def test_data_of_another_kind_are_refused() -> None:
    with pytest.raises(KeyError):
        revive(Failed, {"error": "x", "unknown": 1})
    with pytest.raises(TypeError):
        revive(Failed, {"log": "x"})
