"""What to type to see a record again, and to measure it again."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from benchbench.shipped import shelf
from benchbench.types import Condition, Suite, Trial

SHOWN_KEY = 16
"""Digits of a key; 64 bits, enough to be alone."""


def show_command(key: str) -> str:
    return f"benchbench show {shlex.quote(key[:SHOWN_KEY])}"


def run_command(suite: Suite, trial: Trial) -> str:
    """Measures the trial anew beside its reference; variants whose names contain its name are measured, too."""
    return run_commands(suite)(trial)


def run_commands(suite: Suite) -> Callable[[Trial], str]:
    """`run_command` for trials of one suite, whose file is looked for once."""
    begun, placed, usual = f"benchbench run {suite_word(suite)} -k", _placed(suite), Condition().runtime

    def command(trial: Trial) -> str:
        names = [trial.variant.name, trial.probe.name, trial.scale.name]
        if trial.probe.condition.runtime != usual:
            names.append(trial.probe.condition.runtime)
        return " ".join([begun, shlex.quote(" and ".join(names)), *placed, *_all(trial), "--fresh"])

    return command


def suite_word(suite: Suite) -> str:
    """How a suite is named in a command: by its name if it ships, else by its file."""
    path = Path(suite.path)
    return shlex.quote(path.stem if path.resolve().is_relative_to(shelf().resolve()) else suite.path)


def _placed(suite: Suite) -> list[str]:
    """The options of a suite that was placed elsewhere than it says."""
    usual, own = Condition(), suite.condition
    device = ["--device", shlex.quote(own.device)] if own.device != usual.device else []
    return [*device, *(["--dtype", shlex.quote(own.dtype)] if own.dtype != usual.dtype else [])]


def _all(trial: Trial) -> list[str]:
    """Beyond the default budget only all of it is measured."""
    asked = trial.probe.variants
    return ["--all"] if asked and trial.variant.name not in asked else []
