"""Which trainings stand behind a trial, and what makes two of them the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.catalog.contracts import Absent, Located, Step, Weights
from benchbench.catalog.steps import STEPS as REAL
from benchbench.errors import BadData
from benchbench.measure.origins import Found
from benchbench.measure.recoveries import Need, lacking, located, needs, untrained, words
from benchbench.types import Scale, Trial, Use, Variant
from tests.measure.cohorts import BASE, cohort, use, variant
from tests.measure.toy_catalog import SHELVES, STEPS, Dots

TRAIN, FREE = use("dots", split="train"), use("dots", split="free")
TAUGHT = variant("taught", use("drop", count=2), use("teach", steps=3))
CHAIN = variant("chain", *TAUGHT.steps, use("drop", count=1), use("teach", steps=5))


def imitating(teacher: Variant, *before: Use, data: str = "training") -> Variant:
    lesson = replace(use("imitate", steps=4, teacher=teacher.name, data=data), teacher=teacher)
    return variant("pupil", *before, lesson)


def trial(asked: Variant, seed: int = 0, training: Use | None = TRAIN) -> Trial:
    return cohort("accuracy", asked, training=training, unlabelled=FREE, seed=seed).trials[0]


def needed(asked: Trial) -> tuple[Need, ...]:
    return needs(asked, Found(SHELVES), SHELVES.families, SHELVES.steps)


def key(asked: Trial) -> str:
    return needed(asked)[-1].key


def test_without_a_training_nothing_is_needed() -> None:
    assert not needed(trial(BASE))
    assert not needed(trial(variant("small", use("drop", count=1))))
    assert words(BASE, STEPS) == "none"


def test_each_training_is_needed_in_its_order_and_told_by_its_prefix() -> None:
    found = needed(trial(CHAIN))
    assert [(need.index, need.steps_declared, need.variant_prefix.steps) for need in found] == [
        (1, 3, CHAIN.steps[:2]),
        (3, 5, CHAIN.steps),
    ]
    assert found[0].key == key(trial(TAUGHT))
    assert words(CHAIN, STEPS) == "teach 3 steps of 2 (full) + teach 5 steps of 2 (full)"


def test_accumulated_batches_are_told() -> None:
    lesson = use("finetune", steps=150, batch=4)
    assert words(variant("plain", lesson), REAL) == "finetune 150 steps of 4 (full)"
    parts = replace(lesson, settings={**lesson.settings, "accumulate": 3, "train": "last-k"})
    assert words(variant("parts", parts), REAL) == "finetune 150 steps of 3 × 4 (last-k)"


def test_a_teacher_comes_before_its_pupil_and_once() -> None:
    pupil = imitating(TAUGHT, use("drop", count=2), use("teach", steps=3))
    found = needed(trial(pupil, seed=4))
    assert [need.variant_prefix.name for need in found] == ["pupil", "pupil"]
    other = needed(trial(imitating(CHAIN), seed=4))
    assert [need.steps_declared for need in other] == [3, 5, 4]
    assert other[0].key == key(trial(TAUGHT, seed=4))


def test_the_key_is_of_what_the_weights_depend_on() -> None:
    first = trial(TAUGHT)
    drop, teach = TAUGHT.steps
    different = [
        trial(TAUGHT, seed=1),
        trial(TAUGHT, training=use("dots", split="other")),
        trial(replace(TAUGHT, architecture={"width": 16})),
        trial(replace(TAUGHT, steps=(teach,))),
        trial(replace(TAUGHT, steps=(use("drop", count=1), teach))),
        trial(replace(TAUGHT, steps=(drop, use("teach", steps=3, rate=1e-3)))),
        replace(first, scale=replace(first.scale, checkpoint="random")),
        replace(first, scale=replace(first.scale, input={"scale": 2.0})),
    ]
    keys = {key(first), *map(key, different)}
    assert len(keys) == len(different) + 1
    newer = replace(SHELVES, steps={**STEPS, "drop": replace(STEPS["drop"], version=99)})
    assert needs(first, Found(newer), newer.families, newer.steps)[-1].key not in keys


def test_the_key_is_of_nothing_else() -> None:
    first = trial(TAUGHT)
    drop, _ = TAUGHT.steps
    same = [
        trial(replace(TAUGHT, name="other", title="Other", note="x", parent="base")),
        trial(replace(TAUGHT, steps=(drop, use("teach", batch=2, steps=3)))),
        replace(first, scale=replace(first.scale, name="x", timing=(9, 9), unlabelled=None)),
        replace(first, probe=replace(first.probe, name="size")),
        trial(replace(CHAIN, steps=CHAIN.steps[:2])),
    ]
    assert {key(each) for each in same} == {key(first)}


def test_a_teachers_recipe_counts_and_its_name_does_not() -> None:
    renamed = replace(TAUGHT, name="master")
    assert key(trial(imitating(TAUGHT))) == key(trial(imitating(renamed)))
    assert key(trial(imitating(TAUGHT))) != key(trial(imitating(CHAIN)))
    assert key(trial(imitating(BASE))) != key(trial(imitating(TAUGHT)))


def test_only_data_that_are_used_count() -> None:
    labelled, free = trial(imitating(BASE)), trial(imitating(BASE, data="unlabelled"))
    others = {"training": use("dots", split="x"), "unlabelled": use("dots", split="y")}
    assert key(replace(labelled, scale=replace(labelled.scale, unlabelled=others["unlabelled"]))) == key(labelled)
    assert key(replace(labelled, scale=replace(labelled.scale, training=others["training"]))) != key(labelled)
    assert key(replace(free, scale=replace(free.scale, training=others["training"]))) == key(free)
    assert key(replace(free, scale=replace(free.scale, unlabelled=others["unlabelled"]))) != key(free)


def test_calibration_counts_where_a_cut_chooses_on_it() -> None:
    drop = STEPS["drop"]
    assert isinstance(drop, Step)
    choosing = replace(SHELVES, steps={**STEPS, "drop": replace(drop, chooses=lambda *, count: count == 2)})
    asked, other = trial(TAUGHT), trial(variant("smaller", use("drop", count=1), use("teach", steps=3)))

    def found(asked: Trial, split: str) -> str:
        calibrated = replace(asked, scale=replace(asked.scale, calibration=use("dots", split=split)))
        return needs(calibrated, Found(choosing), choosing.families, choosing.steps)[-1].key

    assert found(asked, "a") != found(asked, "b")
    assert found(other, "a") == found(other, "b")


def test_the_last_training_at_hand_stands_for_all_before_it() -> None:
    first, last = needed(trial(CHAIN))

    def wanting(*have: str) -> list[str]:
        shelves = (Found(SHELVES), SHELVES.families, SHELVES.steps)
        return [need.key for need in untrained(trial(CHAIN), lambda key: key in have, *shelves)]

    assert wanting() == [first.key, last.key]
    assert wanting(first.key) == [last.key]
    assert wanting(last.key) == []
    assert wanting(first.key, last.key) == []


def test_what_a_training_lacks_is_told() -> None:
    origins = Found(SHELVES)
    assert lacking(trial(TAUGHT), origins, STEPS) is None
    undeclared = lacking(trial(TAUGHT, training=None), origins, STEPS)
    assert undeclared == Absent("scale 'toys' declares no training data", "declare `training:` in the scale")
    absent = lacking(trial(imitating(TAUGHT, data="unlabelled"), training=use("dots", count=0)), origins, STEPS)
    assert absent == Absent("no dots", "draw some")
    assert lacking(trial(BASE, training=None), origins, STEPS) is None


def test_data_of_trainings_that_are_done_are_not_missed() -> None:
    asked = trial(imitating(TAUGHT, data="unlabelled"), training=None)
    assert lacking(asked, Found(SHELVES), STEPS) is not None
    assert lacking(asked, Found(SHELVES), STEPS, needed(asked)[-1:]) is None


def test_data_that_are_scored_on_are_not_for_training() -> None:
    with pytest.raises(BadData, match="the training data of scale 'toys' are the data it is scored on"):
        located(trial(TAUGHT, training=use("dots")).scale, "training", Found(SHELVES))


def test_origins_are_looked_up_once() -> None:
    asked: list[str] = []

    class Counting:
        def weights(self, scale: Scale) -> Weights | Absent:
            asked.append(scale.checkpoint)
            return Weights("trained", "abc")

        def data(self, use: Use) -> Located | Absent:
            asked.append(use.name)
            return Located(lambda: Dots(3), "x")

    found = needs(trial(TAUGHT), Counting(), SHELVES.families, SHELVES.steps)
    assert found[0].parts["weights"] == "abc"
    assert asked == ["here", "dots"]
