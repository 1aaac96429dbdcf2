"""The command `bench-pr`. Nothing heavy is imported early."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from benchbench.options import AllowCode, AsJson, Overrides, Records, Select, Timeout

RECORDS = Path("records")
Place = "a folder, or a revision of git"


def bench_pr(
    base: Annotated[str, typer.Argument(metavar="BASE", help=f"What is: {Place}.")],
    head: Annotated[str, typer.Argument(metavar="HEAD", help=f"What is to be: {Place}.")],
    suite: Annotated[
        str, typer.Option("--suite", help="A suite file within the checkouts, or the name of a shipped suite.")
    ] = "quickstart",
    overrides: Overrides = None,
    select: Select = "",
    allow_code: AllowCode = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, metavar="SHARE", help="Times matter from this on, where it is more.")
    ] = 0.0,
    rounds: Annotated[int, typer.Option("--rounds", min=3, help="Rounds of turns, at least.")] = 12,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Seconds of turns of one timed cohort, about, at most.")
    ] = 60.0,
    timeout: Timeout = 900.0,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Measure two checkouts by turns in one job, and judge what HEAD changed.

    Exits with 4 on a confirmed regression, 3 where something is missing, 6 if nothing compares, else 0.
    """
    from benchbench import pull_request, shown_changes
    from benchbench.measure.opposing import Limits
    from benchbench.verify.gates import exit_code

    signal.signal(signal.SIGTERM, _ended)
    limits = Limits(rounds, seconds, timeout_s=timeout)
    asked = pull_request.Asked(
        base, head, suite, tuple(overrides or ()), select, tuple(allow_code or ()), threshold, limits
    )
    try:
        found = pull_request.measured(asked, records)
    except KeyboardInterrupt:
        typer.echo("interrupted; nothing is left behind", err=True)
        raise typer.Exit(130) from None
    code = exit_code(found)
    shown_changes.show(found, code, as_json=as_json)
    raise typer.Exit(code)


def _ended(_number: int, _frame: FrameType | None) -> None:
    """A job that is cancelled cleans up as one that is interrupted does."""
    raise KeyboardInterrupt


def register(app: typer.Typer) -> None:
    """Put the command beside the others."""
    app.command("bench-pr")(bench_pr)
