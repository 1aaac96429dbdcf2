"""From an account to tables, and to text in a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchbench.report.account import Account
from benchbench.report.formats import find, names
from benchbench.report.page import page
from benchbench.types import Table


def tables(account: Account) -> tuple[Table, ...]:
    """All tables of a report in their order; their text is final."""
    return page(account).tables


def render(account: Account, format: str) -> str:
    """A whole report as text: "html", "markdown", "csv" or "json". Raises UnknownName for any other."""
    return next(rendered(account, (format,)))


def rendered(account: Account, formats: Iterable[str]) -> Iterator[str]:
    """`render` in one format after another, of a page that is decided once."""
    writers = [find(name) for name in formats]
    decided = page(account)
    return (write(decided) for write in writers)


def formats() -> tuple[str, ...]:
    """The names that `render` knows."""
    return names()
