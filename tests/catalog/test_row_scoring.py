"""Settings go to the functions that take them; what must not be scored is named by its image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Arrays, Rows, gather
from benchbench.catalog.probes import PROBES
from benchbench.catalog.row_scoring import IDENTICAL, accepted, compared, fixed, same, scorer
from benchbench.errors import BadData

TARGET = {"value": np.array([1.0])}


def positive(prediction: Arrays, target: Arrays, *, factor: float = 1.0) -> Arrays:
    if prediction["value"][0] < 0:
        raise BadData("a negative value", "make it positive")
    return {"error": factor * np.abs(prediction["value"] - target["value"])}


def probe() -> ScoredProbe:
    found = PROBES["coco-ap"]
    assert isinstance(found, ScoredProbe)
    return replace(found, score=positive)


def test_a_function_is_given_the_settings_that_it_takes() -> None:
    def anything(**settings: float) -> None: ...

    def nothing(factor: float) -> None: ...

    given = {"factor": 2.0, "other": 3.0}
    assert accepted(positive, given) == {"factor": 2.0}
    assert accepted(anything, given) == given
    assert accepted(nothing, given) == {}
    score = scorer(probe(), given)
    assert score(7, {"value": np.array([4.0])}, TARGET)["error"].tolist() == [6.0]


def test_the_image_is_named_once() -> None:
    score = scorer(probe(), {})
    with pytest.raises(BadData, match=r"^image 7: a negative value\n  hint: make it positive$"):
        score(7, {"value": np.array([-1.0])}, TARGET)
    with pytest.raises(BadData, match=r"^a negative value"):
        score(7, {"value": np.array([-1.0])}, {**TARGET, "image": np.array([7])})


def right(flags: list[bool], predicted: int = 0) -> Rows:
    empty = {name: np.array(predicted) for name in ("tied", "label", "predicted")}
    return gather(
        range(len(flags)), [{"correct1": np.array(flag), "correct5": np.array(True), **empty} for flag in flags]
    )


def test_rows_that_are_the_same_are_called_identical_and_not_tested() -> None:
    top1 = PROBES["top1"]
    assert isinstance(top1, ScoredProbe)
    flags = [True, False] * 20
    for found in compared(top1, right(flags), right(flags), {}).values():
        assert (found.value, found.low, found.high, found.p, found.test) == (0.0, 0.0, 0.0, 1.0, IDENTICAL)
    others = compared(top1, right(flags), right(flags, predicted=1), {})
    assert others["top1"].value == 0
    assert "McNemar" in others["top1"].test


def test_the_same_rows() -> None:
    rows = right([True, False])
    assert same(rows, right([True, False]))
    assert not same(rows, right([True, True]))
    assert not same(rows, right([True, False, True]))
    assert not same(rows, Rows(rows.ids + 1, rows.columns, rows.counts))
    assert not same(rows, Rows(rows.ids, {**rows.columns, "more": rows.ids}, {**rows.counts, "more": rows.ids}))


def test_resamples_reach_a_bootstrap_and_no_other_test() -> None:
    pairs, top1 = PROBES["pair-accuracy"], PROBES["top1"]
    assert isinstance(pairs, ScoredProbe)
    assert isinstance(top1, ScoredProbe)
    rows = [
        gather(
            range(9),
            [
                {name: np.array([value]) for name, value in (("right", each % k), ("pairs", 9), ("ties", 0))}
                for each in range(9)
            ],
        )
        for k in (4, 5)
    ]
    found = compared(pairs, rows[0], rows[1], {"resamples": 37})
    assert "37 draws" in found["pair_accuracy"].test
    assert (
        "McNemar" in compared(top1, right([True] * 9), right([True, False, True] * 3), {"resamples": 37})["top1"].test
    )


def test_what_acted_on_each_sample() -> None:
    assert fixed(probe(), {"factor": 3.0}) == {"factor": 3.0}
    pairs, coco = PROBES["pair-accuracy"], PROBES["coco-ap"]
    assert isinstance(pairs, ScoredProbe)
    assert isinstance(coco, ScoredProbe)
    assert fixed(pairs, {}) == fixed(pairs, {"space": "disparity"}) != fixed(pairs, {"space": "depth"})
    assert fixed(coco, {}) == fixed(coco, {"evaluator": "pycocotools"}) == {}
