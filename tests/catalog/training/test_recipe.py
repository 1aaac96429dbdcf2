"""Recipes are read back from surgery entries, whichever way their settings are spelt."""

from typing import Any

import pytest

from benchbench.catalog.training.recipe import Lesson, Recipe, recipe_of, trainings
from benchbench.errors import CannotTrain


def test_settings_of_a_suite_and_of_python_mean_the_same() -> None:
    suite: dict[str, Any] = {"steps": 5, "head-factor": 3.0, "warm-up": 2, "train": "last-k", "teacher": "base"}
    python: dict[str, Any] = {name.replace("-", "_"): value for name, value in suite.items()}
    wanted = Recipe(5, head_factor=3.0, warm_up=2, train="last-k")
    assert recipe_of({"settings": suite}) == recipe_of({"settings": python}) == wanted


def test_images_are_counted_each_time() -> None:
    assert Recipe(5, batch=4, accumulate=3).images == 60


def test_only_training_steps_have_a_course() -> None:
    entries: list[dict[str, Any]] = [{"step": "drop-layers"}, {"step": "finetune", "course": None}]
    assert trainings(entries) == entries[1:]


@pytest.mark.parametrize(("truth", "output", "taught"), [(1.0, 0.0, False), (0.0, 1.0, True)])
def test_a_teacher_is_asked_where_it_weighs(truth: float, output: float, taught: bool) -> None:
    assert Lesson(truth, output).taught is taught


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(CannotTrain, match="head_factor: inf"):
        Recipe(1, head_factor=float("inf"))
    with pytest.raises(CannotTrain, match="weight_decay: nan"):
        Recipe(1, weight_decay=float("nan"))
