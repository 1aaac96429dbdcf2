"""What a run or a comparison came to, in the forms that continuous integration reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchbench.errors import UnknownName, nearest
from benchbench.report.account import Account
from benchbench.report.ci import action_benchmark, benchmark_rounds, cases, digest, junit, workflow_commands
from benchbench.report.ci.benchmark_rounds import facts, seconds
from benchbench.report.ci.cases import TONES, Standing, names
from benchbench.report.rulings import tone
from benchbench.types import Place, Verdict
from benchbench.types.compared import Comparison

__all__ = [
    "Standing",
    "comparison_formats",
    "facts",
    "formats",
    "names",
    "seconds",
    "standing",
    "write_account",
    "write_comparison",
]
OF_CASES: dict[str, Callable[[cases.Outcomes], str]] = {
    "junit": junit.write,
    "github-summary": digest.summary,
    "github-annotations": workflow_commands.write,
    "comment": digest.comment,
}
OF_POINTS: dict[str, action_benchmark.Better] = {
    "action-benchmark-smaller": "lower",
    "action-benchmark-bigger": "higher",
}
OF_ROUNDS = {"pytest-benchmark": benchmark_rounds.write}


def write_account(account: Account, form: str) -> str:
    """A run as text in one of `formats()`. Raises UnknownName for any other."""
    _check(form, formats())
    if form in OF_CASES:
        return OF_CASES[form](cases.of_account(account))
    if form in OF_POINTS:
        return action_benchmark.write(action_benchmark.of_account(account), OF_POINTS[form])
    return OF_ROUNDS[form](account)


def write_comparison(comparison: Comparison, form: str, places: Mapping[str, Place] = cases.NO_PLACES) -> str:
    """A comparison as text in one of `comparison_formats()`. Raises UnknownName for any other.

    `places` are the lines of a suite file that declare its variants, by name: annotations stand beside them.

    A comparison keeps no rounds, so that there is no "pytest-benchmark" of it.
    """
    _check(form, comparison_formats())
    if form in OF_CASES:
        return OF_CASES[form](cases.of_comparison(comparison, places))
    return action_benchmark.write(action_benchmark.of_comparison(comparison), OF_POINTS[form])


def standing(verdict: Verdict) -> Standing:
    """What a verdict is as the outcome of a test."""
    return TONES[tone(verdict.ruling)]


def formats() -> tuple[str, ...]:
    """The names that `write_account` knows."""
    return *OF_CASES, *OF_POINTS, *OF_ROUNDS


def comparison_formats() -> tuple[str, ...]:
    """The names that `write_comparison` knows."""
    return *OF_CASES, *OF_POINTS


def _check(form: str, known: tuple[str, ...]) -> None:
    if form not in known:
        raise UnknownName(f"unknown format '{form}'", nearest(form, known))
