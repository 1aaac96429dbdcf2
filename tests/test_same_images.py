"""Rows of one trial at two times: paired by the probe's own test, or why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.record import Store
from benchbench.same_images import Paired, paired
from benchbench.types import Entry, Measured, Measurement
from tests.kept_records import kept, top1, trial

RIGHT = [True] * 30 + [False] * 10


def opened(folder: Path) -> tuple[Store, Entry]:
    store = Store(folder)
    (record,) = store.records()
    return store, Entry(record.trial, record.outcome, record)


def between(tmp_path: Path) -> Paired:
    return paired(opened(tmp_path / "a"), opened(tmp_path / "b"))


def test_equal_rows_are_identical_and_not_tested(tmp_path: Path) -> None:
    top1(tmp_path / "a", RIGHT)
    top1(tmp_path / "b", RIGHT)
    assert between(tmp_path) == Paired(images=40, identical=True)


def test_the_difference_is_after_less_before(tmp_path: Path) -> None:
    top1(tmp_path / "a", RIGHT)
    top1(tmp_path / "b", [False] * 5 + RIGHT[5:])
    found = between(tmp_path)
    assert found.differences["top1"].value == pytest.approx(-5 / 40)
    assert found.differences["top1"].p == pytest.approx(2 * 0.5**5)
    assert (found.images, found.identical) == (40, False)


def test_other_images_are_not_paired(tmp_path: Path) -> None:
    top1(tmp_path / "a", RIGHT)
    top1(tmp_path / "b", RIGHT[:-1])
    assert between(tmp_path) == Paired(trouble="not of the same images")


@pytest.mark.parametrize("content", [b"", b"PK", None])
def test_broken_or_missing_rows_cost_the_pair_alone(tmp_path: Path, content: bytes | None) -> None:
    top1(tmp_path / "a", RIGHT)
    top1(tmp_path / "b", RIGHT)
    (rows,) = (tmp_path / "b").rglob("*.rows.npz")
    if content is None:
        rows.unlink()
    else:
        rows.write_bytes(content)
    found = between(tmp_path)
    assert not found.differences
    assert "rows.npz" in found.trouble


def test_a_record_without_rows_says_so(tmp_path: Path) -> None:
    top1(tmp_path / "a", RIGHT)
    kept(tmp_path / "b", trial("top1"), Measured((Measurement("top1", (0.5,)),)))
    assert "no rows were kept" in between(tmp_path).trouble
