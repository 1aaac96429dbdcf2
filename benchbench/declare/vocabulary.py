"""What a suite may name, as `flow` gathers it from the catalog."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

TEACHER = "teacher"
"""The setting of a training step that names a variant."""

Signature = Mapping[str, inspect.Parameter]
"""Settings by their Python name, annotations evaluated."""


@dataclass(frozen=True)
class Vocabulary:
    """Names of the catalog's entries with the signatures of their settings, and the metrics that probes yield.

    `families` hold the settings of a family's build (what `architecture:` may say), `inputs` those of its image
    preparation (what `input:` may say). A setting `seed` of a build is the suite's and not for a suite to write twice.
    """

    families: Mapping[str, Signature]
    inputs: Mapping[str, Signature]
    steps: Mapping[str, Signature]
    datasets: Mapping[str, Signature]
    probes: Mapping[str, Signature]
    metrics: frozenset[str]
    training: frozenset[str] = frozenset()
    """Those of the steps that train; their setting `teacher` names a variant of the suite."""
    closing: frozenset[str] = frozenset()
    """Those of the steps that no step can follow."""
