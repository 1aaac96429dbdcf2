"""Rows and predictions through the chunks of batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import gather
from benchbench.measure.chunk_log import ChunkLog
from benchbench.measure.row_chunks import PREDICTIONS, ROWS, join, pack

ROWS_OF = {
    image: {"boxes": np.arange(4.0 * count).reshape(count, 4), "error": np.array(float(image))}
    for image, count in ((7, 2), (3, 0), (5, 1))
}


def prediction(image: int, **more: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What the rows hold already, as the same array or an equal one, and more."""
    boxes = ROWS_OF[image]["boxes"]
    return {"boxes": boxes.copy() if image == 7 else boxes, **more}


def test_chunks_come_to_the_rows_of_all_batches(tmp_path: Path) -> None:
    log = ChunkLog(tmp_path / "log")
    for number, ids in enumerate(([7, 3], [5])):
        log.append(str(number), pack(ids, [ROWS_OF[image] for image in ids], [prediction(image) for image in ids]))
    chunks = [log.read(key) for key in "01"]
    found, whole = join(ROWS, chunks), gather(list(ROWS_OF), list(ROWS_OF.values()))
    assert found is not None
    assert found.ids.tolist() == [7, 3, 5]
    assert {name: found.counts[name].tolist() for name in found.counts} == {"boxes": [2, 0, 1], "error": [1, 1, 1]}
    for name, column in whole.columns.items():
        assert found.columns[name].dtype == column.dtype
        np.testing.assert_array_equal(found.columns[name], column)
        np.testing.assert_array_equal(found.counts[name], whole.counts[name])
    assert join(PREDICTIONS, chunks) is None


def test_of_predictions_only_what_the_rows_lack_is_kept() -> None:
    ids = list(ROWS_OF)
    told = [prediction(image, guess=np.array([image / 7])) for image in ids]
    found = join(PREDICTIONS, [pack(ids, list(ROWS_OF.values()), told)])
    assert found is not None
    assert list(found.columns) == ["guess"]
    assert found.columns["guess"].tolist() == [image / 7 for image in ids]


def test_nothing_of_a_prediction_may_be_kept() -> None:
    ids = list(ROWS_OF)
    chunk = pack(ids, list(ROWS_OF.values()), [{} for _ in ids])
    assert join(PREDICTIONS, [chunk]) is None
    found = join(ROWS, [chunk])
    assert found is not None
    assert found.ids.tolist() == ids
