"""Workflow commands that GitHub shows beside the lines of a suite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchbench.report.ci.cases import Case, Outcomes, Standing
from benchbench.report.ci.escaping import command_data, command_property, shortened

MOST = 10
"""Annotations of one level that GitHub shows of a step; the last then tells how many more there are."""
LEVELS = {Standing.BROKEN: "error", Standing.FAILED: "error"}
LONGEST = 4_000


def write(outcomes: Outcomes) -> str:
    """An error for each case that failed, refutations and regressions among them; nothing for any other."""
    return "".join(f"{line}\n" for line in _lines(outcomes))


def _lines(outcomes: Outcomes) -> Iterator[str]:
    told = outcomes.having(*LEVELS)
    shown = told if len(told) <= MOST else told[: MOST - 1]
    yield from map(_line, shown)
    if shown != told:
        rest = f"{len(told) - len(shown)} more: see the step's summary"
        yield f"::error title={command_property(shortened(outcomes.name, 200))}::{rest}"


def _line(case: Case) -> str:
    title = command_property(shortened(f"{case.word}: {case.group}: {case.name}", 250))
    place = "".join(f"{name}={command_property(value)}," for name, value in _place(case))
    return f"::{LEVELS[case.standing]} {place}title={title}::{command_data(shortened(case.reason, LONGEST))}"


def _place(case: Case) -> Iterator[tuple[str, str]]:
    """The line of a file below the working directory, as GitHub knows it; no other."""
    if case.place is None or not case.place.line:
        return
    path, here = Path(case.place.file).absolute(), Path.cwd()
    if path.is_relative_to(here) and path.is_file():
        yield "file", path.relative_to(here).as_posix()
        yield "line", str(case.place.line)
