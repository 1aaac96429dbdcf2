"""Every command that the documentation names can be typed, and every command is documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from benchbench.cli import app
from tests.documented import PAGES, ROOT, commands


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


def names(command: click.Command, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command below this one, as the words that call it."""
    for name, each in getattr(command, "commands", {}).items():
        if isinstance(getattr(each, "commands", None), dict):
            yield from names(each, (*above, name))
        else:
            yield (*above, name)


def test_every_command_is_documented() -> None:
    """In a table or text of the README or of a page, as it is typed."""
    known = set(names(typer.main.get_command(app)))  # type: ignore[arg-type]
    typed = {words[:length] for page in PAGES for words in commands(page) for length in (1, 2)}
    assert {"run", "compare", "score"} <= {words[0] for words in known}
    assert not {" ".join(words) for words in known - typed}
