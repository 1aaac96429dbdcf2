"""Verdicts on what was trained: seeds, recovery as a condition, profiles, controls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.types import Claim, Comparison, Entry, Json, Measured, Measurement, Metric, Ruling, Suite, Use, Variant
from benchbench.verify import judge, lint
from tests.claimed_suite import METRICS, claim, measured, order, reading, scored, stated, suite, trial, verdict

TRAINED = {"weights": "trained", "images": 5000, "data_fingerprint": "d", "recovery": "finetune 150 steps of 16 (full)"}
WORSE = claim("ordering", order(Comparison("layers", "<", "base"), metric="AP"))


def repeated(variant: str, samples: tuple[float, ...], **facts: Json) -> Entry:
    column = {"seed": tuple(map(float, range(len(samples))))}
    return measured(trial(variant, "AP"), Measurement("AP", samples, column), **{**TRAINED, **facts})  # type: ignore[arg-type]


def test_repeated_trainings_decide_by_their_spread() -> None:
    base = scored("base", 0.42)
    assert verdict(WORSE, base, repeated("layers", (0.40, 0.401, 0.402))).ruling is Ruling.REPRODUCED
    assert verdict(WORSE, base, repeated("layers", (0.43, 0.431, 0.432))).ruling is Ruling.REFUTED
    assert verdict(WORSE, base, repeated("layers", (0.40, 0.45, 0.41))).ruling is Ruling.UNDECIDED


def test_the_same_seeds_are_paired() -> None:
    pair = claim("ordering", order(Comparison("layers", ">", "heads"), metric="AP"))
    left, right = repeated("layers", (0.41, 0.36, 0.31)), repeated("heads", (0.40, 0.35, 0.30))
    assert verdict(pair, left, right).ruling is Ruling.REPRODUCED
    drop = claim("change", reading(stated("-1.0pt", -0.01, 0.0005), "AP", "difference", "heads"))
    versus = replace(drop, readings=(replace(drop.readings[0], versus="layers"),))
    found = verdict(versus, left, right)
    assert found.ruling is Ruling.REPRODUCED
    assert found.findings[0].estimate is not None
    assert found.findings[0].estimate.scope == "95 % t interval over 3 trainings"


def test_on_the_images_of_a_claim_trainings_still_vary() -> None:
    """The mean lies within, their interval does not: of what was not trained the point would suffice."""
    same = claim("number", reading(stated("40.0", 0.4, 0.002), "AP", "number"), conditions={"images": 5000})
    assert verdict(same, repeated("layers", (0.39, 0.40, 0.41))).ruling is Ruling.UNDECIDED
    assert verdict(same, repeated("layers", (0.3999, 0.4, 0.4001))).ruling is Ruling.REPRODUCED
    untrained = replace(repeated("layers", (0.40,)), outcome=Measured((Measurement("AP", (0.40,), {}, (0.38, 0.42)),)))
    assert verdict(same, untrained).ruling is Ruling.REPRODUCED


def test_one_training_decides_nothing_and_says_so() -> None:
    found = verdict(WORSE, scored("base", 0.42), repeated("layers", (0.30,)))
    assert found.ruling is Ruling.UNDECIDED
    assert "one training, no interval over trainings" in found.reason


def number(recovery: str) -> Claim:
    return claim("number", reading(stated("40.0", 0.4, 0.02), "AP", "number"), conditions={"recovery": recovery})


@pytest.mark.parametrize(
    ("stated_there", "here", "comparable"),
    [
        ("fine-tuned", "finetune 150 steps of 16 (full)", True),
        ("Fine-tuned", "finetune 150 steps of 16 (full) + finetune 3 steps of 4 (full)", True),
        ("fine-tuned", "distil 60 steps of 16 (full)", False),
        ("distilled", "distil 60 steps of 16 (full)", True),
        ("recovered", "distil 60 steps of 16 (full)", True),
        ("finetune 150 steps of 16 (full)", "finetune 150 steps of 16 (full)", True),
        ("150 steps", "finetune 150 steps of 16 (full)", True),
        ("300 epochs", "finetune 150 steps of 16 (full)", False),
        ("fine-tuned", "none", False),
        ("none", "none", True),
        ("none", "finetune 150 steps of 16 (full)", False),
        ("any", "none", True),
        ("any", "finetune 150 steps of 16 (full)", True),
        ("unstated", "finetune 150 steps of 16 (full)", True),
    ],
)
def test_recovery_is_a_condition(stated_there: str, here: str, comparable: bool) -> None:
    found = verdict(number(stated_there), repeated("layers", (0.400, 0.401, 0.402), recovery=here))
    assert found.ruling is (Ruling.REPRODUCED if comparable else Ruling.NOT_COMPARABLE)


def test_what_was_never_cut_has_nothing_to_recover_from() -> None:
    drop = claim(
        "change", reading(stated("-2.0pt", -0.02, 0.01), "AP", "difference"), conditions={"recovery": "fine-tuned"}
    )
    assert verdict(drop, scored("base", 0.42), repeated("layers", (0.400, 0.401, 0.402))).ruling is Ruling.REPRODUCED


LAYER_MS = Metric("layer_ms", "time of a layer", "ms", "lower", 2, probe="layers", per="layer")


def test_a_profile_over_layers_is_no_number_to_claim() -> None:
    metrics = {**METRICS, "layer_ms": LAYER_MS}
    made = claim("ordering", order(Comparison("layers", "<", "base"), metric="layer_ms"))
    [complaint] = lint(suite(made), (), metrics)
    assert complaint.severity == "error"
    assert "profile over the layers" in complaint.what
    profile = Measurement("layer_ms", (1.0, 2.0), {"layer": (0.0, 1.0)})
    entry = replace(measured(trial("layers", "AP"), profile))
    [found] = judge(suite(made), (entry,), metrics)
    assert found.ruling is Ruling.NOT_MEASURED
    assert "profile over the layers" in found.reason


TRAINING = frozenset({"finetune", "distil"})
CUT = Use("drop-layers", {"count": 8})


def tuned(steps: int, batch: int = 16) -> Use:
    return Use("finetune", {"steps": steps, "batch": batch})


def trained_suite(*variants: Variant) -> Suite:
    return replace(suite(), variants=(Variant("base", "Base"), *variants))


def controls_missing(*variants: Variant) -> list[str]:
    found = lint(trained_suite(*variants), (), METRICS, TRAINING)
    assert all(complaint.severity == "warning" for complaint in found)
    return [complaint.what for complaint in found]


RECOVERED = Variant("recovered", "Recovered", (CUT, tuned(150)))


def test_a_recovery_without_its_control_is_doubted() -> None:
    assert controls_missing() == []
    assert controls_missing(Variant("cut", "Cut", (CUT,))) == []
    assert controls_missing(Variant("strategy", "Strategy", (tuned(150),))) == []
    [told] = controls_missing(RECOVERED)
    assert "'recovered' is cut and then trained" in told


@pytest.mark.parametrize(
    ("control", "enough"),
    [
        (Variant("control", "Control", (tuned(150),)), True),
        (Variant("control", "Control", (tuned(75), tuned(75))), True),
        (Variant("control", "Control", (tuned(300, 8),)), True),
        (Variant("control", "Control", (Use("finetune", {"steps": 75, "batch": 16, "accumulate": 2}),)), True),
        (Variant("control", "Control", (Use("finetune", {"steps": 150, "batch": 16, "accumulate": 4}),)), False),
        (Variant("control", "Control", (tuned(100),)), False),
        (Variant("control", "Control", (CUT, tuned(150))), False),
        (Variant("control", "Control", (tuned(150),), architecture={"size": "vitb"}), False),
        (Variant("control", "Control", (Use("finetune", {"steps": 150}),)), False),
    ],
)
def test_a_control_is_the_reference_with_the_same_budget(control: Variant, enough: bool) -> None:
    assert (controls_missing(RECOVERED, control) == []) is enough


def test_one_recipe_of_training_is_doubted_once() -> None:
    other = Variant("other", "Other", (Use("prune-heads", {"count": 3}), tuned(150)))
    assert len(controls_missing(RECOVERED, other)) == 1
    assert len(controls_missing(RECOVERED, replace(other, steps=(CUT, tuned(10))))) == 2


def test_a_progressive_recipe_has_the_budget_of_its_parts() -> None:
    gradual = Variant("gradual", "Gradual", (CUT, tuned(50), CUT, tuned(100)))
    assert controls_missing(gradual, Variant("control", "Control", (tuned(150),))) == []
