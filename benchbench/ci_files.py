"""`report --format` of the forms that continuous integration reads, from a suite's records alone."""

from __future__ import annotations

from pathlib import Path

from benchbench import flow, terminal
from benchbench.report.ci import write_account
from benchbench.whole_files import write_whole


def report(request: flow.Request, form: str, output: Path | None, reports: Path) -> None:
    """Print it, or write it to the file `output`; nothing goes to the folder of reports."""
    del reports
    laid = flow.recorded(request)
    write(write_account(flow.account(laid, laid.entries, store=request.store), form), output)


def write(text: str, output: Path | None) -> None:
    """To stdout, or whole to a file. Raises BenchbenchError where that cannot be written."""
    if output is None:
        import typer

        typer.echo(text, nl=False)
        return
    write_whole(output, text, durable=False, hint="free some space, or choose another place with -o")
    terminal.say(f"report: {output}")
