"""Repeated trainings: a trial for each seed where what is trained is scored, one everywhere else."""

from __future__ import annotations

from dataclasses import replace

from benchbench.expand import expand
from benchbench.types import ProbeUse, Suite, Use, Variant
from tests.expand.suites import ATTEMPT, BASE, LAYERS, recipe, suite

TRAINED = Variant("trained", "trained", (Use("finetune", {"steps": 3}),))
PROBES = (ProbeUse("size"), ProbeUse("coco-ap", scales=("tiny",)))


def seeded(variant: Variant, probe: ProbeUse) -> bool:
    return any(use.name == "finetune" for use in variant.steps) and probe.name == "coco-ap"


def repeated(**changes: object) -> Suite:
    found = suite(variants=(BASE, TRAINED, LAYERS), probes=PROBES)
    return replace(found, seed=3, seeds=(3, 4, 5), **changes)  # type: ignore[arg-type]


def seeds(declared: Suite, label: str, select: str = "") -> list[tuple[str, int]]:
    cohorts = expand(declared, select=select, seeded=seeded).cohorts
    [cohort] = [cohort for cohort in cohorts if cohort.label == label]
    return [(trial.variant.name, trial.seed) for trial in cohort.trials]


def test_what_is_trained_is_scored_once_for_each_seed() -> None:
    assert seeds(repeated(), "tiny / coco-ap") == [
        ("base", 3),
        ("trained", 3),
        ("trained", 4),
        ("trained", 5),
        ("layers", 3),
    ]


def test_costs_are_taken_once() -> None:
    assert seeds(repeated(), "tiny / size") == [("base", 3), ("trained", 3), ("layers", 3)]


def test_without_seeds_a_training_is_scored_once() -> None:
    assert seeds(replace(repeated(), seeds=()), "tiny / coco-ap") == [("base", 3), ("trained", 3), ("layers", 3)]


def test_a_reference_that_is_trained_comes_first_with_all_of_its_seeds() -> None:
    assert seeds(repeated(reference="trained"), "tiny / coco-ap", "layers") == [
        ("trained", 3),
        ("trained", 4),
        ("trained", 5),
        ("layers", 3),
    ]


def test_attempts_are_built_once() -> None:
    attempt = replace(ATTEMPT, steps=TRAINED.steps)
    declared = repeated(attempts=(attempt,), claims=(recipe("C", "tiny", attempt.name),))
    assert seeds(declared, "tiny / builds") == [(attempt.name, 3)]


def test_what_is_set_aside_is_set_aside_with_every_seed() -> None:
    declared = replace(repeated(), probes=(ProbeUse("coco-ap", scales=("tiny",), variants=("layers",)),))
    expansion = expand(declared, seeded=seeded)
    assert [(entry.trial.variant.name, entry.trial.seed) for entry in expansion.set_aside] == [
        ("trained", 3),
        ("trained", 4),
        ("trained", 5),
    ]


def test_repeats_are_told_apart() -> None:
    [cohort] = [found for found in expand(repeated(), seeded=seeded).cohorts if found.label == "tiny / coco-ap"]
    assert len({trial.identity for trial in cohort.trials}) == len(cohort.trials)
    labels = [trial.label for trial in cohort.trials if trial.variant == TRAINED]
    assert labels == [f"tiny / coco-ap / trained (seed {seed})" for seed in (3, 4, 5)]


def test_seed_zero_goes_without_saying() -> None:
    [cohort, *_] = expand(suite()).cohorts
    assert cohort.trials[0].label == "full / size / base"
