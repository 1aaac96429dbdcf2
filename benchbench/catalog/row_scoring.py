"""One sample's row by a scored probe: with the settings that it takes, its image named where it must not be scored."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData


def accepted(function: Callable[..., object], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of these settings, by their Python names, those that a function takes by keyword; all where it takes any."""
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return dict(settings)
    taken = {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    return {name: value for name, value in settings.items() if name in taken}


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
