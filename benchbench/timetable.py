"""How long a plan may take, and who gets how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchbench.catalog.probes import PROBES
from benchbench.types import Budget, Cohort, Scale

START_S = {"static": 3.0, "timed": 8.0, "scored": 8.0}
TRIAL_S = {"static": 0.6, "timed": 0.0, "scored": 0.5}
ALONE_S = 10.0
"""Rough seconds on two cores: to start a cohort, and for each trial; a trial in a process of its own takes more."""
STAND_IN_S, MODEL_S = 0.6, 3.0
"""Rough seconds for a million pixels to be scored: by a stand-in, and by ViT-S or DETR-R50."""
IMAGES = 1000
"""How many images are reckoned with where the dataset's settings do not say."""


def divide(budget: Budget, cohorts: Sequence[Cohort]) -> dict[str, Budget]:
    """Split the seconds of a suite among its timed cohorts in proportion to the images of one round."""
    sizes = {
        cohort.identity: cohort.probe.condition.batch * (len(cohort.trials) + 1)
        for cohort in cohorts
        if PROBES[cohort.probe.name].kind == "timed"
    }
    total = sum(sizes.values()) or 1
    return {
        cohort.identity: replace(budget, seconds=budget.seconds * sizes.get(cohort.identity, 0) / total)
        for cohort in cohorts
    }


def duration(budget: Budget, cohorts: Sequence[Cohort]) -> float:
    """Rough seconds that these cohorts will take."""
    shares = divide(budget, cohorts)
    return sum(_seconds(cohort, shares[cohort.identity].seconds) for cohort in cohorts)


def _seconds(cohort: Cohort, share: float) -> float:
    probe, trials = PROBES[cohort.probe.name], len(cohort.trials)
    if probe.kind == "static" and probe.environment is not None:
        return ALONE_S * trials
    scored = _image_seconds(cohort.scale) * trials if probe.kind == "scored" else 0.0
    return START_S[probe.kind] + TRIAL_S[probe.kind] * trials + scored + (share if probe.kind == "timed" else 0.0)


def _image_seconds(scale: Scale) -> float:
    """For one variant to pass all images of a scale."""
    count, (height, width) = scale.dataset.settings.get("count"), scale.timing
    images = count if isinstance(count, int) else IMAGES
    return images * height * width / 1e6 * (STAND_IN_S if scale.is_stand_in else MODEL_S)
