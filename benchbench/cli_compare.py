"""The commands `baseline` and `compare`. Nothing heavy is imported early."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchbench.options import AsJson, OneTier, Records, Select

baseline = typer.Typer(no_args_is_help=True, help="Kept sets of earlier records, to compare with.")
RECORDS = Path("records")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The baseline's name.")]


@baseline.command("set")
def set_(
    name: Name,
    suite: Annotated[str, typer.Argument(metavar="[SUITE]", help="Only what this suite measures.")] = "",
    select: Select = "",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier baseline of this name.")] = False,
    largest: Annotated[
        float, typer.Option("--largest", min=0, metavar="MIB", help="Rows of a trial beyond this are left out.")
    ] = 16.0,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Keep the newest measured records, of a suite or of all, under records/baselines/NAME."""
    from benchbench import baseline_commands

    wish = baseline_commands.Wish(name, suite, select, force, largest)
    baseline_commands.keep(wish, records, as_json=as_json)


@baseline.command("list")
def list_(records: Records = RECORDS, as_json: AsJson = False) -> None:
    """List the baselines."""
    from benchbench import baseline_commands

    baseline_commands.show_all(records, as_json=as_json)


@baseline.command("show")
def show(name: Name, records: Records = RECORDS, as_json: AsJson = False) -> None:
    """Show what a baseline holds: trials, machines, versions, when."""
    from benchbench import baseline_commands

    baseline_commands.show(records, name, as_json=as_json)


@baseline.command("rm")
def rm(name: Name, records: Records = RECORDS) -> None:
    """Remove a baseline."""
    from benchbench import baseline_commands

    baseline_commands.remove(records, name)


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="A folder of records, a baseline, or REV[:path] of git.")],
    after: Annotated[
        str, typer.Argument(metavar="[B]", help="The same; the current records where it is left out.")
    ] = "",
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit with 4 on a regression, 3 if incomplete, 6 if nothing compares.")
    ] = False,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, metavar="SHARE", help="Times matter from this on, where it is more.")
    ] = 0.0,
    suite: Annotated[str, typer.Option("--suite", help="Compare what this suite measures, skipped trials too.")] = "",
    select: Select = "",
    tier: OneTier = None,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Measure suspected slow-downs again, in fresh processes; with --suite."),
    ] = False,
    form: Annotated[
        str, typer.Option("--format", help="For CI: junit, github-summary, github-annotations, comment …")
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the form to this file.")] = None,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Compare two sets of records: what changed, beyond noise and by enough to matter."""
    from benchbench import compare_commands

    asked = compare_commands.Asked(before, after, gate, threshold, suite, select, confirm, form, output, bool(tier))
    raise typer.Exit(compare_commands.compare(asked, records, as_json=as_json))


def register(app: typer.Typer) -> None:
    """Put the commands beside the others."""
    app.add_typer(baseline, name="baseline")
    app.command()(compare)
