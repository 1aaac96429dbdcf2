"""Every command that the documentation names can be typed, and answers what is shown."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from benchbench.cli import app
from tests.documented import PAGES, ROOT, commands, shown

ANSWERING = [page for page in PAGES if shown(page)]
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def refusal(words: tuple[str, ...]) -> str:
    """Why the command line would not take these words; "" where it would."""
    command: click.Command = typer.main.get_command(app)  # type: ignore[assignment]
    rest = list(words)
    while isinstance(getattr(command, "commands", None), dict):
        if not rest or rest[0].startswith("-"):
            break
        known: dict[str, click.Command] = command.commands  # type: ignore[attr-defined]
        if rest[0] not in known:
            return f"no command '{rest[0]}'"
        command = known[rest.pop(0)]
    try:
        command.make_parser(click.Context(command)).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    except Exception as error:  # typer may bring a click of its own, with errors of its own
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    told = {" ".join(words): refusal(words) for words in commands(page)}
    assert not {words: why for words, why in told.items() if why}


def test_what_cannot_be_typed_is_noticed() -> None:
    assert refusal(("rnu", "detr"))
    assert refusal(("run", "detr", "--no-such-option"))
    assert not refusal(("run", "detr", "-k", "heads"))


def test_the_quickstart_shows_what_is_answered() -> None:
    assert ROOT / "docs" / "quickstart.md" in ANSWERING


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("page", ANSWERING, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_shows_what_is_answered(page: Path, tmp_path: Path) -> None:
    """In their order, in one folder: later commands find what earlier ones left."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "OMP_NUM_THREADS": "1"}
    for each in shown(page):
        done = subprocess.run(
            [sys.executable, "-m", "benchbench", *each.words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stdout
        matches = doctest.OutputChecker().check_output(each.output, done.stdout, LENIENT)
        assert matches, (
            f"benchbench {' '.join(each.words)} answered\n{done.stdout}\nand {page.name} shows\n{each.output}"
        )
