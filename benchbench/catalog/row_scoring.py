"""What every scored probe shares: the settings each function takes, a sample's row, rows of two variants compared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Arrays, Rows
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from benchbench.types import Difference


def accepted(function: Callable[..., object], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of these settings, by their Python names, those that a function takes by keyword; all where it takes any."""
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return dict(settings)
    taken = {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    return {name: value for name, value in settings.items() if name in taken}


def fixed(probe: ScoredProbe, settings: Mapping[str, Any]) -> Mapping[str, object]:
    """Of these settings and the defaults of others, what acted on each sample when its row was made."""
    if probe.fixed is not None:
        return probe.fixed(settings)
    defaults = {name: parameter.default for name, parameter in settings_of(probe.summarise).items()}
    return accepted(probe.score, {**defaults, **settings})


IDENTICAL = "identical: not one row differs"


def compared(probe: ScoredProbe, rows: Rows, others: Rows, settings: Mapping[str, Any]) -> dict[str, Difference]:
    """The probe's differences over the same images in order; of rows that are the same there is nothing to test.

    settings: those of the probe, and optionally `resamples`, how many draws a bootstrap takes.
    """
    found = dict(probe.paired(rows, others, **accepted(probe.paired, settings)))
    if not same(rows, others):
        return found
    return dict.fromkeys(found, Difference(0.0, 0.0, 0.0, 1.0, IDENTICAL))


def same(rows: Rows, others: Rows) -> bool:
    """Whether two rows are the same to the last bit."""
    pairs = [(rows.ids, others.ids)]
    for mine, yours in ((rows.columns, others.columns), (rows.counts, others.counts)):
        if mine.keys() != yours.keys():
            return False
        pairs += [(mine[name], yours[name]) for name in mine]
    return all(one.dtype == other.dtype and np.array_equal(one, other) for one, other in pairs)


def scorer(probe: ScoredProbe, settings: Mapping[str, Any]) -> Callable[[int, Arrays, Arrays], Arrays]:
    """`score(image, prediction, target)` under these settings. Raises BadData that names the image."""
    taken = accepted(probe.score, settings)

    def score(image: int, prediction: Arrays, target: Arrays) -> Arrays:
        try:
            return probe.score(prediction, target, **taken)
        except BadData as error:
            if "image" in target:
                raise
            raise BadData(f"image {image}: {error.what}", error.hint) from error

    return score
