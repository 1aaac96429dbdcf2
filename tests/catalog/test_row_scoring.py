"""Settings go to the functions that take them; what must not be scored is named by its image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Arrays
from benchbench.catalog.probes import PROBES
from benchbench.catalog.row_scoring import accepted, scorer
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
