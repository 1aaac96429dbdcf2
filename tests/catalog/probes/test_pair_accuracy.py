"""Pairs of points: which is closer, ties, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Arrays, Rows, gather
from benchbench.catalog.probes import PROBES
from benchbench.catalog.probes.pair_accuracy import PROBE, intervals, notes, score, summarise
from benchbench.errors import BadData
from tests.depth_scenes import save_maps

OUTPUT = np.array([[1.0, 2, 3], [3, 5, 6]], np.float32)


def pairs(*places: tuple[tuple[int, int], tuple[int, int], int]) -> dict[str, np.ndarray]:
    """Row and column of two points, and which is closer."""
    points = np.array([[first, second] for first, second, _ in places], np.int64).reshape(-1, 2, 2)
    return {"points": points, "closer": np.array([closer for *_, closer in places], np.int64)}


FOUR = pairs(((1, 2), (0, 0), 0), ((0, 0), (1, 2), 1), ((0, 0), (0, 1), 0), ((0, 2), (1, 0), 0))
"""Of disparity: right, right, wrong, a tie."""


def counts(row: Arrays) -> list[int]:
    return [int(row[name][0]) for name in ("right", "pairs", "ties")]


def test_the_shelf_holds_it() -> None:
    probe = PROBES["pair-accuracy"]
    assert isinstance(probe, ScoredProbe)
    assert [(metric.name, metric.unit, metric.better) for metric in probe.metrics] == [
        ("pair_accuracy", "pt", "higher")
    ]
    assert probe.archived({"output": OUTPUT}) == {}


def test_the_larger_disparity_and_the_smaller_depth_are_closer() -> None:
    assert counts(score({"output": OUTPUT}, FOUR)) == [2, 4, 1]
    assert counts(score({"output": OUTPUT}, FOUR, space="depth")) == [1, 4, 1]
    assert counts(score({"output": 1 / OUTPUT}, FOUR, space="depth")) == [2, 4, 1]


@given(st.integers(0, 2**32), st.sampled_from(["disparity", "depth"]))
def test_one_by_one(seed: int, space: Any) -> None:
    rng = np.random.default_rng(seed)
    output = rng.integers(0, 4, (5, 7)).astype(np.float32)
    points, closer = rng.integers(0, 5, (20, 2, 2)), rng.integers(0, 2, 20)
    right = 0
    for (first, second), nearer in zip(points.tolist(), closer.tolist(), strict=True):
        one, other = float(output[tuple(first)]), float(output[tuple(second)])
        told = None if one == other else int((one < other) == (space == "disparity"))
        right += told == nearer
    assert counts(score({"output": output}, {"points": points, "closer": closer}, space=space))[:2] == [right, 20]


def test_constant_output_tells_nothing() -> None:
    for space in ("disparity", "depth"):
        assert counts(score({"output": np.ones((2, 3))}, FOUR, space=space)) == [0, 4, 4]


@pytest.mark.parametrize(
    ("output", "target", "words"),
    [
        (np.full((2, 3), np.nan), FOUR, r"not finite: 8 of 8 points \(100 %\)"),
        (OUTPUT, pairs(((2, 0), (0, 0), 0)), r"1 of 1 pairs lie outside of 2 x 3: \[\[2, 0\], \[0, 0\]\]"),
        (OUTPUT, pairs(((-1, 0), (0, 0), 0)), "1 of 1 pairs lie outside"),
        (OUTPUT, pairs(((0, 0), (0, 1), 2)), "closer is 0 or 1"),
        (OUTPUT, {"points": np.zeros((1, 2), np.int64), "closer": np.zeros(1, np.int64)}, r"points \(1, 2\)"),
        (OUTPUT[None], FOUR, r"output \(1, 2, 3\)"),
    ],
)
def test_what_must_not_be_scored(output: np.ndarray, target: dict[str, np.ndarray], words: str) -> None:
    with pytest.raises(BadData, match=words):
        score({"output": output}, target)


def test_a_point_that_is_not_finite_elsewhere_does_not_matter() -> None:
    output = OUTPUT.copy()
    output[1, 1] = np.nan
    assert counts(score({"output": output}, FOUR)) == [2, 4, 1]


def rows_of(*found: tuple[int, int]) -> Rows:
    """Images with so many right of so many pairs."""
    rows = [{"right": np.array([right]), "pairs": np.array([of]), "ties": np.array([0])} for right, of in found]
    return gather(range(len(rows)), rows)


def test_the_share_is_of_all_pairs() -> None:
    rows = rows_of((1, 1), (0, 3), (0, 0))
    assert summarise(rows) == {"pair_accuracy": 0.25}
    assert summarise(rows, [3, 1, 0]) == {"pair_accuracy": 0.5}
    with pytest.raises(BadData, match="no image has a pair"):
        summarise(rows, [0, 0, 1])


def test_intervals_are_over_images() -> None:
    """Pairs of one image go together: the interval is that of so many images, not of so many pairs."""
    rows = rows_of(*[(10, 10), (0, 10)] * 50)
    low, high = intervals(rows, 1000, 0)["pair_accuracy"]
    assert (low + high) / 2 == 0.5
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 100**0.5, rel=0.1)
    assert intervals(rows_of((1, 2), (0, 0)), 10, 0) == {}


def test_notes_count_ties() -> None:
    rows = gather([1], [score({"output": OUTPUT}, FOUR)])
    assert notes(rows) == ["output is disparity: larger is closer; 1 ties of 4 pairs count as wrong"]
    assert "smaller is closer" in notes(rows, space="depth")[0]


def test_files_made_elsewhere(tmp_path: Path) -> None:
    save_maps(tmp_path / "t.npz", {f"5.{name}": array for name, array in FOUR.items()})
    save_maps(tmp_path / "p.npz", {"5.output": OUTPUT})
    truth = PROBE.read_targets(tmp_path / "t.npz")
    made = PROBE.read_predictions(tmp_path / "p.npz", tmp_path / "t.npz")
    assert counts(score(made[5], truth[5])) == [2, 4, 1]
