"""What a terminal shows: progress while it lasts, plain lines where there is none, tables of text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from benchbench.types import Entry, Failed

if TYPE_CHECKING:
    from benchbench.measure import Progress

PLAIN_EVERY = 10.0
"""Seconds between two lines of progress where nothing can be redrawn."""


def say(words: str) -> None:
    """Words for the person, on stderr."""
    typer.echo(words, err=True)


def answer(words: str) -> None:
    """A line that is part of what was asked for, on stdout."""
    typer.echo(words)


def data(value: object) -> None:
    """Data for a program, on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout, as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console = Console()
    Console(width=console.width if console.is_terminal else 200).print(drawn)


def watch(events: Iterator[Progress | Entry], total: int) -> Iterator[Entry]:
    """Show progress on the way and pass the entries on. `total` trials are expected."""
    return (_redrawn if sys.stderr.isatty() else _plain)(events, total)


def follow(events: Iterator[Progress | Entry]) -> Iterator[Entry]:
    """Show how far trainings are and when they will be done; pass on the entries, which are of those that failed."""
    return (_drawn_training if sys.stderr.isatty() else _plain_training)(events)


def _drawn_training(events: Iterator[Progress | Entry]) -> Iterator[Entry]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    described = TextColumn("{task.description}", markup=False)
    columns: list[Any] = [described, BarColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()]
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task, stage = bars.add_task("training", total=None), ("", False)
        for event in events:
            if isinstance(event, Entry):
                bars.console.print(_told(event), markup=False, highlight=False, soft_wrap=True)
                yield event
                continue
            if _stage(event) != stage:
                stage = _stage(event)
                bars.reset(task)
            words = f"training {event.cohort}: {event.text}"[:70]
            bars.update(task, completed=event.done, total=max(event.total, event.done), description=words)


def _plain_training(events: Iterator[Progress | Entry]) -> Iterator[Entry]:
    start = last = monotonic()
    begun: dict[tuple[str, bool], tuple[float, float]] = {}
    for event in events:
        now = monotonic()
        if isinstance(event, Entry):
            say(f"[{now - start:4.0f} s] {_told(event)}")
            yield event
            continue
        since, first = begun.setdefault(_stage(event), (now, event.done))
        if now - last >= PLAIN_EVERY:
            last = now
            left = _left(now - since, event.done - first, event.total - event.done)
            share = f" ({event.done / event.total:.0%}{left})" if 0 < event.done <= event.total else ""
            say(f"[{now - start:4.0f} s] training {event.cohort}: {event.text}{share}")


def _stage(event: Progress) -> tuple[str, bool]:
    """Pace is taken from the first step told: a training that goes on begins far from 0."""
    return event.cohort, event.done > 0


def _left(spent: float, done: float, rest: float) -> str:
    """How long the rest will take at the pace so far."""
    return f", {spent / done * rest:.0f} s left" if done > 0 and rest >= 0 else ""


def _told(entry: Entry) -> str:
    why = entry.outcome.error if isinstance(entry.outcome, Failed) else "done"
    return f"training of {entry.trial.label}: {why}"


def _redrawn(events: Iterator[Progress | Entry], total: int) -> Iterator[Entry]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    described = TextColumn("{task.description}", markup=False)
    columns: list[Any] = [described, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()]
    with Bars(*columns, console=Console(stderr=True)) as bars:
        whole = bars.add_task("trials", total=total)
        part, cohort = bars.add_task("starting", total=None), ""
        for event in events:
            if not isinstance(event, Entry):
                if event.lasting:
                    bars.console.print(f"{event.cohort}: {event.text}", markup=False, highlight=False, soft_wrap=True)
                    continue
                if event.cohort != cohort:
                    cohort = event.cohort
                    bars.reset(part)
                words = f"{event.cohort}: {event.text}"[:60]
                bars.update(part, completed=event.done, total=max(event.total, event.done), description=words)
                continue
            bars.advance(whole)
            if isinstance(event.outcome, Failed):
                bars.console.print(
                    f"failed: {event.trial.label}: {event.outcome.error}", markup=False, highlight=False, soft_wrap=True
                )
            yield event


def _plain(events: Iterator[Progress | Entry], total: int) -> Iterator[Entry]:
    start = last = monotonic()
    done = 0
    for event in events:
        if not isinstance(event, Entry):
            if event.lasting or monotonic() - last >= PLAIN_EVERY:
                last = monotonic()
                share = f" ({event.done / event.total:.0%})" if 0 < event.done <= event.total else ""
                say(f"[{last - start:4.0f} s] {event.cohort}: {event.text}{share}")
            continue
        done += 1
        outcome = f"failed: {event.outcome.error}" if isinstance(event.outcome, Failed) else "done"
        say(f"[{monotonic() - start:4.0f} s] {done}/{total} {event.trial.label}: {outcome}")
        yield event


def counted(number: int, noun: str) -> str:
    """1 claim, 2 claims."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
