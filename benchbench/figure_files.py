"""`benchbench figures`: a folder of figures for a paper, each with its numbers, and the file that takes them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench import flow, terminal
from benchbench.errors import BenchbenchError, UnknownName, nearest
from benchbench.report import Account
from benchbench.report.figures import FORMATS, data, drawn, figures, inclusion, stems
from benchbench.whole_files import write_whole

FIGURES, INCLUSION = Path("figures"), "figures.tex"
HINT = "free some space, or choose another folder with -o"


@dataclass(frozen=True)
class Wish:
    """What a user wants drawn: the formats, the columns of a two-column page that each spans, the PNG's resolution."""

    request: flow.Request
    folder: Path | None = None
    formats: tuple[str, ...] = FORMATS
    columns: int = 1
    dpi: int = 300


def show(wish: Wish, *, as_json: bool) -> None:
    """Draw, and say what lies where."""
    written = made(wish)
    if as_json:
        terminal.data({"files": [str(path) for path in written]})
        return
    for path in written:
        terminal.say(f"figures: {path}")


def made(wish: Wish) -> list[Path]:
    """The files, written from records alone. Raises UnknownName, or BenchbenchError where nothing is drawn."""
    for form in wish.formats:
        if form not in FORMATS:
            raise UnknownName(f"unknown format '{form}'", nearest(form, FORMATS))
    laid = flow.recorded(wish.request)
    account = flow.account(laid, laid.entries, store=wish.request.store).lasting
    folder = wish.folder or FIGURES / laid.suite.page
    return written(account, folder, wish.formats, wish.columns, wish.dpi)


def written(account: Account, folder: Path, formats: Sequence[str], columns: int, dpi: int) -> list[Path]:
    """Draw an account into a folder; equal accounts give equal files. Raises BenchbenchError where it shows nothing."""
    found = figures(account)
    if not found:
        raise BenchbenchError("there is nothing to draw yet", f"measure first: benchbench run {account.suite.name}")
    names = stems(f"{account.suite.name}-{figure.name}" for figure in found)
    files: dict[str, bytes | str] = {}
    for name, figure in zip(names, found, strict=True):
        files |= {f"{name}.{form}": whole for form, whole in drawn(figure, formats, columns, dpi).items()}
        files[f"{name}.csv"] = data(figure.rows)
    ending = next((form for form in ("pdf", "png") if form in formats), "")
    if ending:
        files[INCLUSION] = inclusion(account, zip(names, found, strict=True), columns, ending)
    for file, content in files.items():
        write_whole(folder / file, content, durable=False, hint=HINT)
    return [folder / file for file in files]
