"""`report --format` of the forms that papers and notebooks take in, from a suite's records alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchbench import flow, terminal
from benchbench.errors import BenchbenchError
from benchbench.report import Account, frame, paper
from benchbench.whole_files import write_whole

HINT = "free some space, or choose another place with -o"


@dataclass(frozen=True)
class Setting:
    """How LaTeX tables are laid out; `everything` gives the metrics that have no room further tables."""

    layout: str = "wide"
    columns: int = 2
    everything: bool = False


def report(request: flow.Request, form: str, output: Path | None, setting: Setting) -> None:
    """LaTeX is printed, or written to the file `output`; Parquet needs a file."""
    laid = flow.recorded(request)
    account = flow.account(laid, laid.entries, store=request.store)
    if form == "parquet":
        written = output or Path(f"{laid.suite.page}.parquet")
        write_parquet(account, written)
        terminal.say(f"report: {written}")
        return
    text = paper(account, setting.layout, setting.columns, everything=setting.everything)
    if output is None:
        import typer

        typer.echo(text, nl=False)
        return
    write_whole(output, text, durable=False, hint=HINT)
    terminal.say(f"report: {output}")


def write_parquet(account: Account, path: Path) -> None:
    """The long frame, as `Loaded.frame` gives it. Raises BenchbenchError where pyarrow is missing."""
    from io import BytesIO

    whole = BytesIO()
    try:
        frame(account).to_parquet(whole, engine="pyarrow", index=False)
    except ImportError as error:
        raise BenchbenchError("Parquet needs pyarrow", "pip install 'benchbench[parquet]'") from error
    write_whole(path, whole.getvalue(), durable=False, hint=HINT)
