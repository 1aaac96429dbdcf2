"""What lint says, what was not measured, and what failed."""

from __future__ import annotations

from benchbench.report.account import Account
from benchbench.report.numbers import unbroken
from benchbench.types import Cell, Entry, Failed, Skipped, Table

SEVERITIES = {"error": ("✗ error", "fails"), "warning": ("△ warning", "changed"), "note": ("· note", "open")}
TAIL = 12
"""Lines of a failure's log that a report shows; the record keeps all of it."""
CRASHED = "Current thread 0x"
"""Begins the frames of the thread that crashed or hung, the innermost first."""


def complaints(account: Account) -> Table:
    """What `lint` found in the claims themselves."""
    rows = []
    for complaint in account.complaints:
        text, tone = SEVERITIES[complaint.severity]
        rows.append(
            (
                Cell(text, tone=tone),
                Cell(unbroken(complaint.what)),
                Cell(unbroken(complaint.hint)),
                _place(str(complaint.place)),
            )
        )
    return Table("lint", "Lint of the claims", ("Severity", "What", "Hint", "Where"), tuple(rows))


def skipped(account: Account) -> Table:
    """Trials that were not run, grouped by why, with what would enable them."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in account.entries:
        if isinstance(entry.outcome, Skipped):
            groups.setdefault((entry.outcome.reason, entry.outcome.remedy), []).append(entry)
    rows = tuple(
        (Cell(reason), Cell(remedy, tone="remedy"), Cell(str(len(entries)), sort=float(len(entries))), _which(entries))
        for (reason, remedy), entries in groups.items()
    )
    return Table("skipped", "Not measured", ("Why", "What would enable it", "Trials", "Which"), rows, align="llrl")


def failed(account: Account) -> Table:
    """Trials that failed, with the end of their logs."""
    rows = tuple(
        (Cell(entry.trial.label, tone="name"), Cell(entry.outcome.error), Cell(tail(entry.outcome.log), tone="log"))
        for entry in account.entries
        if isinstance(entry.outcome, Failed)
    )
    return Table("failed", "Failed", ("Trial", "Error", "End of the log"), rows)


def tail(log: str) -> str:
    """The last lines of a log; of one that ends in the frames of a crash the innermost of these."""
    lines = log.rstrip().splitlines()
    crashes = [number for number, line in enumerate(lines) if line.startswith(CRASHED)]
    return "\n".join(lines[crashes[-1] :][:TAIL] if crashes else lines[-TAIL:])


def _which(entries: list[Entry]) -> Cell:
    groups: dict[str, list[str]] = {}
    for entry in entries:
        groups.setdefault(f"{entry.trial.scale.name} / {entry.trial.probe.name}", []).append(entry.trial.variant.name)
    return Cell("", lines=tuple(Cell(", ".join(names), label=group) for group, names in groups.items()))


def _place(text: str) -> Cell:
    return Cell(text, tone="code")
