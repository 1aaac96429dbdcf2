"""What to type to see or to measure again."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from benchbench import expand
from benchbench.report.commands import run_command, run_commands, show_command, suite_word
from benchbench.shipped import shelf
from benchbench.types import Condition, ProbeUse, Trial, Variant
from tests.report import accounts


def test_a_key_is_shortened_and_quoted() -> None:
    assert show_command("0123456789abcdef0123") == "benchbench show 0123456789abcdef"
    assert shlex.split(show_command("$(rm x)"))[-1] == "$(rm x)"


def test_the_selection_of_a_command_takes_its_trial() -> None:
    """What is printed is read by the program itself: the words find the trial."""
    suite = replace(accounts.suite(), claims=())
    trial = Trial(suite.variants[1], accounts.FULL, accounts.LATENCY)
    words = shlex.split(run_command(suite, trial))
    assert words[:3] == ["benchbench", "run", "detr.yaml"]
    found = expand.expand(suite, select=words[words.index("-k") + 1])
    chosen = {other.label for cohort in found.cohorts for other in cohort.trials}
    assert trial.label in chosen
    assert all("latency" in label and "full" in label for label in chosen)


def test_another_runtime_device_and_dtype_are_named() -> None:
    placed = replace(accounts.suite(), condition=Condition("cuda:1", "float16"))
    use = ProbeUse("latency", condition=Condition(runtime="onnxruntime"))
    command = run_command(placed, Trial(accounts.VARIANTS[1], accounts.FULL, use))
    assert "'layers and latency and full and onnxruntime'" in command
    assert "--device cuda:1 --dtype float16" in command


@pytest.mark.parametrize(("name", "beyond"), [("layers", False), ("heads-4", True)])
def test_what_lies_beyond_the_default_budget_needs_all(name: str, beyond: bool) -> None:
    variant = next(each for each in accounts.VARIANTS if each.name == name)
    command = run_command(accounts.suite(), Trial(variant, accounts.FULL, accounts.LATENCY))
    assert ("--all" in command) == beyond


def test_a_suite_that_ships_goes_by_its_name_and_any_other_by_its_file() -> None:
    assert suite_word(replace(accounts.suite(), path=str(shelf() / "vit.yaml"))) == "vit"
    assert suite_word(replace(accounts.suite(), path="mine/vit.yaml")) == "mine/vit.yaml"


def test_a_hostile_name_stays_one_word_of_a_command() -> None:
    trial = Trial(Variant("a'; rm -rf ~ #", ""), accounts.FULL, accounts.SIZE)
    words = shlex.split(run_command(replace(accounts.suite(), path="$(x) y.yaml"), trial))
    assert words == ["benchbench", "run", "$(x) y.yaml", "-k", "a'; rm -rf ~ # and size and full", "--fresh"]


def test_the_commands_of_a_suite_are_those_of_each_trial() -> None:
    suite = replace(accounts.suite(), condition=Condition("cuda:1", "float16"))
    trials = [
        Trial(each, accounts.FULL, use) for each in accounts.VARIANTS for use in (accounts.LATENCY, accounts.SIZE)
    ]
    again = run_commands(suite)
    assert [again(trial) for trial in trials] == [run_command(suite, trial) for trial in trials]
    assert len({again(trial) for trial in trials}) == len(trials)
