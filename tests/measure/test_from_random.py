"""Variants that begin with random weights and learn everything: from their own seed, and then they count as trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.catalog.contracts import Weights
from benchbench.errors import BadCheckpoint
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.crew import Crew
from benchbench.measure.job import Result
from benchbench.measure.weights import chosen, filled
from benchbench.types import Cohort, Failed, Measured, Variant
from tests.measure.cohorts import BASE, cohort, measure_toys, recover_toys, results, samples, use, variant, work

TRAIN = use("dots", split="train", count=5)
SHAPE = {"layers": 2, "width": 12}
"""Another one than the checkpoint's."""


def student(name: str, teacher: Variant | None = None) -> Variant:
    lesson = use("teach", steps=6) if teacher is None else use("imitate", steps=6, teacher=teacher.name)
    steps = (replace(lesson, teacher=teacher),)
    return replace(variant(name, *steps, **SHAPE), checkpoints={"toys": "random"})


def asked(*variants: Variant, probe: str = "accuracy", seed: int = 0) -> Cohort:
    return cohort(probe, *variants, training=TRAIN, seed=seed)


def both_seeds(*variants: Variant) -> Cohort:
    one, other = asked(*variants), asked(*variants, seed=1)
    return replace(one, trials=(*one.trials, *other.trials))


@pytest.mark.integration
def test_it_is_trained_scored_and_no_longer_random(tmp_path: Path, crew: Crew) -> None:
    wanted = both_seeds(student("alone"), student("taught", BASE))
    assert not results(list(recover_toys(wanted, work(tmp_path), crew)))
    scored = [event for event in measure_toys(wanted, work(tmp_path), crew) if isinstance(event, Result)]
    assert all(isinstance(result.outcome, Measured) for result in scored)
    assert {result.facts["weights"] for result in scored} == {"trained"}
    assert scored[0].facts["weights_origin"] == "random weights, trained by teach"
    assert [result.facts["weights_fingerprint"] for result in scored] == ["random, seed 0"] * 2 + ["random, seed 1"] * 2
    assert len({samples(result)["error"] for result in scored}) == 4
    cards = [found.card for found in Artifacts(tmp_path / "artifacts").cards()]
    assert {card.parent for card in cards} == {"random, seed 0", "random, seed 1"}


@pytest.mark.integration
def test_until_then_its_costs_are_those_of_random_weights_and_it_has_no_score(tmp_path: Path, crew: Crew) -> None:
    cost = results(list(measure_toys(asked(student("alone"), probe="size"), work(tmp_path), crew)))["alone"]
    assert cost.facts["weights"] == "random"
    refused = results(list(measure_toys(asked(student("alone")), work(tmp_path), crew)))["alone"].outcome
    assert isinstance(refused, Failed)
    assert "has not been trained here" in refused.error


def test_a_seed_is_also_that_of_the_random_weights() -> None:
    found = Weights("random", "random")
    prints = [chosen(found, asked(student("alone"), seed=seed).trials[0], trained=True).fingerprint for seed in (0, 5)]
    assert prints == ["random, seed 0", "random, seed 5"]


def test_without_a_checkpoint_called_random_another_shape_has_no_score() -> None:
    nameless = replace(student("alone"), checkpoints={})
    with pytest.raises(BadCheckpoint, match="its architecture is not the checkpoint's"):
        chosen(Weights("trained", "abc"), asked(nameless).trials[0], trained=True)


@pytest.mark.parametrize(
    ("begun", "artifact", "kind"),
    [("random", "a" * 64, "trained"), ("random", None, "random"), ("trained", "a" * 64, "trained")],
)
def test_only_what_a_training_filled_in_counts_as_trained(begun: str, artifact: str | None, kind: str) -> None:
    weights = Weights("random" if begun == "random" else "trained", "x", None, "of old")
    told = filled(weights, [{"step": "drop"}, {"step": "teach", "artifact": artifact}])
    assert told.kind == kind
    assert (told == weights) is (begun == kind)
