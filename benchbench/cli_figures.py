"""The command `figures`. Nothing heavy is imported early."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchbench.options import AsJson, Device, Dtype, Overrides, Records, Select, SuiteName, changes


def figures(
    suite: SuiteName,
    overrides: Overrides = None,
    select: Select = "",
    device: Device = "",
    dtype: Dtype = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", file_okay=False, help="The folder; figures/SUITE without this.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="Of svg, pdf and png those to write.")] = "svg,pdf,png",
    columns: Annotated[
        int, typer.Option("--columns", min=1, max=2, help="Columns of a two-column page that a figure spans.")
    ] = 1,
    dpi: Annotated[int, typer.Option("--dpi", min=72, max=1200, help="Dots per inch of a PNG.")] = 300,
    records: Records = Path("records"),
    as_json: AsJson = False,
) -> None:
    """Draw a suite's figures for a paper from its records alone, each with its numbers beside it."""
    from benchbench import figure_files, flow

    request = flow.Request(suite, changes(overrides, device, dtype), select, records=records)
    formats = tuple(dict.fromkeys(each.strip() for each in form.split(",") if each.strip()))
    figure_files.show(figure_files.Wish(request, output, formats, columns, dpi), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Put the command on the program's list."""
    app.command()(figures)
