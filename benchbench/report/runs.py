"""Which runs the numbers of a report come from."""

from __future__ import annotations

from benchbench.report.account import Account
from benchbench.report.signature import digest
from benchbench.types import Cell, Failed, Record, Table

COLUMNS = ("Run", "Records", "From", "To", "Failed", "Environment", "PyTorch")


def runs(account: Account) -> tuple[Table, ...]:
    """A row for each run with records in the report, the latest first; no table where there is one run only."""
    groups: dict[str, dict[str, Record]] = {}
    for entry in (*account.entries, *account.repeats):
        if entry.record is not None:
            groups.setdefault(entry.record.run, {})[entry.record.key] = entry.record
    if len(groups) < 2:
        return ()
    found = sorted(groups.items(), key=lambda group: max(record.at for record in group[1].values()), reverse=True)
    rows = tuple(_row(name, tuple(records.values())) for name, records in found)
    return (Table("runs", "Runs that these numbers come from", COLUMNS, rows, align="lrllrll", notes=(NOTE,)),)


NOTE = (
    "A record holds for as long as nothing that it depends on changes, so a report may join several runs; each timed "
    "cell was measured beside the reference of its own run."
)


def _row(name: str, records: tuple[Record, ...]) -> tuple[Cell, ...]:
    times = sorted(record.at for record in records)
    failed = sum(isinstance(record.outcome, Failed) for record in records)
    return (
        Cell(name, tone="code"),
        Cell(f"{len(records):,}", sort=float(len(records))),
        Cell(times[0]),
        Cell(times[-1]),
        Cell(str(failed), sort=float(failed)),
        Cell(", ".join(sorted({digest(record.environment) for record in records})), tone="code"),
        Cell(", ".join(sorted({str(record.environment.get("torch", "–")) for record in records}))),
    )
