"""One trial at two times over the same images: its kept rows on both sides, compared pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchbench.catalog.formulas.rows import Rows
from benchbench.catalog.row_scoring import compared, same
from benchbench.kept_rows import ROWS, keywords, ordered, rows_of, scored_probe
from benchbench.record import Store
from benchbench.types import Difference, Entry


@dataclass(frozen=True)
class Paired:
    """By metric what after is more than before; `identical` where not one row differs; else `trouble` in words."""

    differences: Mapping[str, Difference] = field(default_factory=dict)
    images: int = 0
    identical: bool = False
    trouble: str = ""


def paired(before: tuple[Store, Entry], after: tuple[Store, Entry]) -> Paired:
    """The rows of both sides compared by the probe's own tests."""
    try:
        ours, theirs = (_rows(*each) for each in (before, after))
        if ours.ids.tolist() != theirs.ids.tolist():
            return Paired(trouble="not of the same images")
        if same(ours, theirs):
            return Paired(images=len(ours), identical=True)
        settings = keywords(after[1].trial.probe.settings)
        return Paired(compared(scored_probe(after[1]), theirs, ours, settings), len(ours))
    except Exception as error:  # rows may come from strangers, and a probe fails on broken ones in as many ways
        return Paired(trouble=f"no pairs: {error}")


def _rows(store: Store, entry: Entry) -> Rows:
    arrays = store.arrays(entry.record, ROWS) if entry.record else None
    if arrays is None:
        raise ValueError("no rows were kept")
    return ordered(rows_of(arrays))
