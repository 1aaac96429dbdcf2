"""Suites that train: seeds, data to train on, and teachers."""

from __future__ import annotations

from typing import Any

import pytest

from benchbench.declare import schema
from benchbench.types import Use
from tests.declare.conftest import GOOD, VOCABULARY, Files

SEEDS = ("reference: base", "reference: base\nseeds: [0, 1, 2]")
TAUGHT = """\
  cut: {steps: [drop-layers: {stack: encoder, count: 4}]}
  taught:
    from: cut
    steps:
      - distil: {teacher: master, steps: 60}
  master: {steps: [finetune: {steps: 100}]}
  step-by-step:
    steps:
      - drop-layers: {stack: encoder, count: 5}
      - finetune: {steps: 20}
      - drop-layers: {stack: encoder, count: 4}
      - finetune: {steps: 20}
"""
WITH_TAUGHT = GOOD.replace("  r18: {scales", f"{TAUGHT}  r18: {{scales")


def taught_by(use: Use) -> str:
    assert use.teacher is not None
    return use.teacher.name


def test_seeds_are_kept_and_the_first_is_the_seed(files: Files) -> None:
    suite = files.load(GOOD.replace(SEEDS[0], "reference: base\nseeds: [4, 1, 2]"))
    assert (suite.seed, suite.seeds) == (4, (4, 1, 2))


def test_without_seeds_there_is_the_one(files: Files) -> None:
    assert (files.load().seed, files.load().seeds) == (0, ())
    assert files.load(GOOD.replace(SEEDS[0], "reference: base\nseed: 5")).seed == 5


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("seeds: [0, 1, 1]", "5:15: the seed 1 is given twice (each training needs its own)"),
        ("seeds: []", "5:8: 'seeds' is empty"),
        ("seeds: [0, -1]", "5:12: 'seeds[1]' should be greater than or equal to 0, not -1"),
        ("seeds: 3", "5:8: 'seeds' should be a list, not 3"),
        ("seeds: [1, 2]\nseed: 2", "6:7: 'seed' is not the first of 'seeds' (leave 'seed' out)"),
    ],
)
def test_seeds_that_are_refused(files: Files, given: str, complaint: str) -> None:
    assert files.bent("reference: base", f"reference: base\n{given}") == [complaint]


def test_a_seed_that_is_also_the_first_of_the_seeds_is_no_contradiction(files: Files) -> None:
    suite = files.load(GOOD.replace(SEEDS[0], "reference: base\nseed: 3\nseeds: [3, 4]"))
    assert (suite.seed, suite.seeds) == (3, (3, 4))


def test_a_scale_names_what_is_trained_on(files: Files) -> None:
    text = GOOD.replace(
        "    dataset: shapes\n", "    dataset: shapes\n    training: {shapes: {seed: 5}}\n    unlabelled: rooms\n"
    )
    assert files.complaints(text) == ["22:17: missing 'seed'"]
    suite = files.load(text.replace("unlabelled: rooms", "unlabelled: {rooms: {seed: 1}}"))
    assert suite.scales[1].training == Use("shapes", {"seed": 5})
    assert suite.scales[1].unlabelled == Use("rooms", {"seed": 1})
    assert suite.scales[0].training is None


def test_nobody_trains_on_what_is_scored(files: Files) -> None:
    found = files.bent("    dataset: shapes\n", "    dataset: shapes\n    training: {shapes: {}}\n")
    assert found == ["21:15: 'training' is the dataset that is scored (train on another split or seed)"]


def test_a_misspelt_data_setting_is_named(files: Files) -> None:
    found = files.bent("    dataset: shapes\n", "    dataset: shapes\n    training: {shapes: {sed: 1}}\n")
    assert found == ["21:25: unknown setting of shapes 'sed' (did you mean 'seed'?)"]


def test_a_teacher_is_the_variant_itself_whether_declared_before_or_after(files: Files) -> None:
    variants = {variant.name: variant for variant in files.load(WITH_TAUGHT).variants}
    cut, distil = variants["taught"].steps
    assert cut.teacher is None
    assert distil.teacher == variants["master"]
    assert distil.settings == {"teacher": "master", "steps": 60}


def test_a_step_may_stand_several_times_in_one_variant(files: Files) -> None:
    variants = {variant.name: variant for variant in files.load(WITH_TAUGHT).variants}
    names = [use.name for use in variants["step-by-step"].steps]
    assert names == ["drop-layers", "finetune", "drop-layers", "finetune"]


def test_a_matrix_may_name_teachers_and_budgets(files: Files) -> None:
    group = """\
  series:
    matrix: {teacher: [master, base], steps: [10, 20]}
    name: "by-{teacher}-{steps}"
    steps: [distil: {teacher: "{teacher}", steps: "{steps}"}]
"""
    suite = files.load(WITH_TAUGHT.replace("  r18: {scales", f"{group}  r18: {{scales"))
    by_base = next(variant for variant in suite.variants if variant.name == "by-base-20")
    assert by_base.steps[0].settings["steps"] == 20
    assert taught_by(by_base.steps[0]) == "base"


def bent(files: Files, old: str, new: str) -> list[str]:
    assert WITH_TAUGHT.count(old) == 1
    return files.complaints(WITH_TAUGHT.replace(old, new))


def test_an_unknown_teacher_has_a_suggestion(files: Files) -> None:
    found = bent(files, "teacher: master", "teacher: mastr")
    assert found == ["36:27: unknown variant 'mastr' (did you mean 'master'?)"]


def test_an_attempt_teaches_nobody(files: Files) -> None:
    [found] = bent(files, "teacher: master", "teacher: nhead-6")
    assert found.startswith("36:27: unknown variant 'nhead-6'")


@pytest.mark.parametrize(
    "master",
    [
        "{steps: [distil: {teacher: taught, steps: 3}]}",
        "{from: taught, steps: [finetune: {steps: 3}]}",
    ],
)
def test_teachers_in_a_circle_are_refused(files: Files, master: str) -> None:
    found = bent(files, "{steps: [finetune: {steps: 100}]}", master)
    assert "36:27: 'taught' would have to be trained before its teacher 'master' (teachers lead in a circle)" in found


def test_nobody_teaches_themselves(files: Files) -> None:
    found = bent(files, "teacher: master", "teacher: taught")
    assert found == ["36:27: 'taught' would have to be trained before its teacher 'taught' (teachers lead in a circle)"]


def test_a_parent_may_be_the_teacher(files: Files) -> None:
    suite = files.load(WITH_TAUGHT.replace("teacher: master", "teacher: cut"))
    taught = next(variant for variant in suite.variants if variant.name == "taught")
    assert taught_by(taught.steps[1]) == "cut"


def test_a_teacher_is_at_every_scale_of_its_pupils(files: Files) -> None:
    found = bent(files, "  master: {", "  master: {scales: [full], ")
    assert found == [
        "36:27: the teacher 'master' of 'taught' is not at scale 'tiny' "
        "(give both the same scales, such as those of 'master')"
    ]
    narrow = WITH_TAUGHT.replace("  master: {", "  master: {scales: [full], ").replace(
        "    from: cut\n", "    from: cut\n    scales: [full]\n"
    )
    assert len(files.load(narrow).variants) == len(files.load(WITH_TAUGHT).variants)


def test_a_child_at_more_scales_than_its_parents_teacher_is_refused(files: Files) -> None:
    narrow = WITH_TAUGHT.replace("  master: {", "  master: {scales: [full], ").replace(
        "    from: cut\n", "    from: cut\n    scales: [full]\n"
    )
    [found] = files.complaints(
        narrow.replace("  step-by-step:", "  child: {from: taught, scales: [tiny]}\n  step-by-step:")
    )
    assert "the teacher 'master' of 'child' is not at scale 'tiny'" in found


def test_a_tower_of_teachers_is_refused_before_it_is_built(files: Files) -> None:
    levels = ["  t0: {steps: [finetune: {steps: 1}]}"]
    for level in range(1, 60):
        taught = f"distil: {{teacher: t{level - 1}, steps: 1}}"
        levels.append(f"  t{level}: {{steps: [{taught}, {taught}]}}")
    found = files.complaints(GOOD.replace("  r18: {scales", "\n".join(levels) + "\n  r18: {scales"))
    assert "at most 500" in found[0]


def test_the_schema_knows_seeds_data_and_teachers() -> None:
    whole: Any = schema(VOCABULARY)
    found = whole["$defs"]["detr"]
    assert found["properties"]["seeds"]["items"]["type"] == "integer"
    scales = [each for each in found["$defs"].values() if "timing" in each.get("properties", {})]
    assert scales
    assert all({"training", "unlabelled", "calibration"} <= set(scale["properties"]) for scale in scales)
    assert any("teacher" in each.get("properties", {}) for each in found["$defs"].values())
