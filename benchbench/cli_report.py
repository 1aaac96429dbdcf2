"""The command `report`. Nothing heavy is imported early."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchbench.errors import UnknownName
from benchbench.options import (
    CI_FORMATS,
    Device,
    Dtype,
    Overrides,
    Records,
    ReportForm,
    Reports,
    Select,
    SuiteName,
    changes,
)

PAGE_FORMS = ("html", "markdown", "csv", "json")
PAPER_FORMS = ("latex", "parquet")
FORMS = (*PAGE_FORMS, *PAPER_FORMS, *CI_FORMATS)
BESIDE_FORMS = ("html", "markdown", "json")
RECORDS, REPORTS = Path("records"), Path("reports")


def report(
    suite: SuiteName,
    overrides: Overrides = None,
    select: Select = "",
    device: Device = "",
    dtype: Dtype = "",
    form: ReportForm = "html",
    layout: Annotated[str, typer.Option("--layout", help="Of LaTeX tables: wide, long, delta or document.")] = "",
    columns: Annotated[
        int, typer.Option("--columns", min=1, max=2, help="Columns of a two-column page that a LaTeX table spans.")
    ] = 2,
    everything: Annotated[
        bool, typer.Option("--all-metrics", help="Give LaTeX further tables of the metrics that one has no room for.")
    ] = False,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--beside", metavar="NAME", help="Show a folder of records, a baseline or REV:path beside it; repeatable."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
    records: Records = RECORDS,
    reports: Reports = REPORTS,
) -> None:
    """Write a suite's report from its records alone."""
    from benchbench import ci_files, commands, flow, paper_files

    if form not in FORMS:
        raise UnknownName(f"unknown format '{form}'", f"known: {', '.join(FORMS)}")
    request = flow.Request(suite, changes(overrides, device, dtype), select, records=records)
    if (layout or everything) and form != "latex":
        raise typer.BadParameter(f"{'--layout' if layout else '--all-metrics'} is for --format latex")
    if beside and form not in BESIDE_FORMS:
        raise typer.BadParameter(f"--beside is for --format {', '.join(BESIDE_FORMS)}")
    if form in PAPER_FORMS:
        paper_files.report(request, form, output, paper_files.Setting(layout or "wide", columns, everything))
    elif form in CI_FORMATS:
        ci_files.report(request, form, output, reports)
    else:
        commands.report(request, form, output, reports, beside or ())


def register(app: typer.Typer) -> None:
    """Give the program this command."""
    app.command()(report)
