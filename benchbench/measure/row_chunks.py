"""A batch's rows and predictions as one chunk of arrays, and all chunks of a variant as its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays, Rows, gather

ROWS, PREDICTIONS = "rows", "predictions"
LAYOUT = 4
"""Of the arrays in a chunk: what another layout left in a journal is done again."""


def pack(ids: Sequence[int], rows: Sequence[Arrays], predictions: Sequence[Arrays]) -> dict[str, np.ndarray]:
    """Rows, and of the predictions what the rows do not hold already."""
    extra = [_beyond(prediction, row) for prediction, row in zip(predictions, rows, strict=True)]
    names = sorted({name for each in extra for name in each})
    found = _flat(ROWS, gather(ids, rows))
    if names:
        kept = [{name: prediction[name] for name in names} for prediction in predictions]
        found |= _flat(PREDICTIONS, gather(ids, kept))
    return found


def join(kind: str, chunks: Sequence[Arrays]) -> Rows | None:
    """The rows of this kind (ROWS or PREDICTIONS) in all chunks, in their order; None where no chunk has any."""
    having = [chunk for chunk in chunks if f"{kind}.ids" in chunk]
    if not having:
        return None
    columns = {
        name.removeprefix(f"{kind}.column."): np.concatenate([chunk[name] for chunk in having])
        for name in having[0]
        if name.startswith(f"{kind}.column.")
    }
    ids = np.concatenate([chunk[f"{kind}.ids"] for chunk in having])
    counts = np.concatenate([chunk[f"{kind}.counts"] for chunk in having], axis=1)
    return Rows(ids, columns, dict(zip(columns, counts, strict=True)))


def _beyond(prediction: Arrays, row: Arrays) -> list[str]:
    return [name for name, array in prediction.items() if name not in row or not _same(array, row[name])]


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one is other or np.array_equal(one, other)


def _flat(kind: str, rows: Rows) -> dict[str, np.ndarray]:
    """`ids` (n,), `counts` (columns, n) in the order of the columns, then these."""
    columns = {f"{kind}.column.{name}": array for name, array in rows.columns.items()}
    return {f"{kind}.ids": rows.ids, f"{kind}.counts": np.array(list(rows.counts.values())), **columns}
