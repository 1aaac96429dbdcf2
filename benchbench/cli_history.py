"""The command `history`. Nothing heavy is imported early."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchbench.options import AsJson, Overrides, Records, Select


def history(
    metric: Annotated[str, typer.Argument(help="A metric: latency_ms, params, AP.")],
    suite: Annotated[str, typer.Argument(metavar="[SUITE]", help="Only what this suite declares now.")] = "",
    overrides: Overrides = None,
    select: Select = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the page of trends here.")] = None,
    records: Records = Path("records"),
    as_json: AsJson = False,
) -> None:
    """Show a metric night by night: one series for each trial and machine, with the steps that last."""
    from benchbench import history_commands

    wish = history_commands.Wish(metric, suite, tuple(overrides or ()), select, records)
    history_commands.show(wish, output, as_json=as_json)


def register(app: typer.Typer) -> None:
    """Put the command on the program's list."""
    app.command()(history)
