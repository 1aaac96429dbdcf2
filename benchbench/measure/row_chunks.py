"""A batch's rows and predictions as one chunk of arrays, and all chunks of a variant as its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchbench.catalog.formulas.rows import Arrays, Rows, gather

ROWS, PREDICTIONS = "rows", "predictions"


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
    merged = {name: np.concatenate([chunk[name] for chunk in having]) for name in having[0] if name.startswith(kind)}
    return Rows(merged[f"{kind}.ids"], _part(merged, f"{kind}.column."), _part(merged, f"{kind}.count."))


def _beyond(prediction: Arrays, row: Arrays) -> list[str]:
    return [name for name, array in prediction.items() if name not in row or not np.array_equal(array, row[name])]


def _flat(kind: str, rows: Rows) -> dict[str, np.ndarray]:
    columns = {f"{kind}.column.{name}": array for name, array in rows.columns.items()}
    counts = {f"{kind}.count.{name}": array for name, array in rows.counts.items()}
    return {f"{kind}.ids": rows.ids, **columns, **counts}


def _part(merged: Arrays, prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in merged.items() if name.startswith(prefix)}
