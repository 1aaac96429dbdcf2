"""How far a toy's guesses are off."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.errors import BadData


def score(prediction: Arrays, target: Arrays) -> Arrays:
    if not np.isfinite(prediction["guess"]).all():
        raise BadData("a guess is not a number", "")
    return {"error": np.abs(prediction["guess"] - target["value"])}


def summarise(rows: Rows, weights: object = None, *, evaluator: str = "ours") -> dict[str, float]:
    del weights, evaluator
    return {"error": float(rows.columns["error"].mean()), "worst": float(rows.columns["error"].max())}


def intervals(rows: Rows, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    value = float(rows.columns["error"].mean())
    return {"error": (value - resamples, value + seed)}


def no_reader(*_: Path) -> dict[int, Arrays]:
    raise NotImplementedError
