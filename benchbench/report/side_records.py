"""What lies behind the cells of a page on which runs stand side by side: the records of each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from benchbench.report.account import Account
from benchbench.report.commands import SHOWN_KEY, show_command
from benchbench.report.evidence import evidence
from benchbench.report.side_by_side import record_of
from benchbench.types import Entry, Record
from benchbench.types.compared import Beside

FILE_KEY = 12
"""Digits of the key in the name of a record's file."""


def records_behind(account: Account, names: Mapping[str, int]) -> dict[str, Any]:
    """`evidence` of these records, of which those of runs beside the current one tell which run it is."""
    others = dict(_others(account))
    known = (*account.entries, *(_named(entry, name) for name, (_, entry) in others.items()))
    found = evidence(replace(account, entries=known) if others else account, names)
    for name, record in zip(names, found["records"], strict=True):
        if name in others:
            _told(found["texts"], record, *others[name])
    return found


def _others(account: Account) -> Iterator[tuple[str, tuple[Beside, Entry]]]:
    for number, side in enumerate(account.beside, 1):
        for entry in side.entries.values():
            if entry.record is not None:
                yield record_of(entry, number), (side, entry)


def _named(entry: Entry, name: str) -> Entry:
    """The entry with its record under the name by which the page knows it: two runs may have records of one key."""
    return replace(entry, record=replace(entry.record, key=name) if entry.record else None)


def _told(texts: list[str], record: dict[str, Any], side: Beside, entry: Entry) -> None:
    """Say of a record whose it is, and how to see it where it lies."""
    texts.append(f"{texts[record['title']]} · {side.name}")
    record["title"] = len(texts) - 1
    if entry.record is not None:
        record["show"] = _command(side, entry.record)


def _command(side: Beside, record: Record) -> str:
    if side.folder:
        return f"{show_command(record.key[:SHOWN_KEY])} --records {shlex.quote(side.folder)}"
    tree = side.name.removeprefix("revision ")
    tree = tree if ":" in tree else f"{tree}:"
    return f"git ls-tree -r --name-only {shlex.quote(tree)} | grep {shlex.quote(record.key[:FILE_KEY])}"
