"""Kept samples as arrays, checked."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np

from benchbench.types import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray


def finite(measurement: Measurement) -> NDArray[np.float64]:
    """The samples. Raises ValueError where there are none, or some are not finite."""
    if not measurement.samples or not all(map(isfinite, measurement.samples)):
        raise ValueError(f"{measurement.metric}: no samples, or samples that are not finite")
    return np.asarray(measurement.samples, np.float64)


def column(measurement: Measurement, name: str) -> NDArray[np.float64]:
    """A column. Raises ValueError where the measurement has none of that name."""
    if name not in measurement.columns:
        raise ValueError(f"{measurement.metric} has no column '{name}'")
    return np.asarray(measurement.columns[name], np.float64)


def logs_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithms. Raises ValueError on values that are not positive and finite."""
    if not all(0 < value < inf for value in values.tolist()):
        raise ValueError("a ratio needs positive, finite values")
    logs: NDArray[np.float64] = np.log(values)
    return logs
