"""How long a plan may take, and who gets how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchbench.catalog.probes import PROBES
from benchbench.types import Budget, Cohort, Scale

START_S = {"static": 3.0, "timed": 8.0, "scored": 8.0}
TRIAL_S = {"static": 0.6, "timed": 2.0, "scored": 0.5}
ALONE_S = 10.0
"""Rough seconds on two cores: to start a cohort, and for each trial; a trial in a process of its own takes more."""
STAND_IN_S, MODEL_S = 0.6, 3.0
"""Rough seconds for a million pixels to be scored: by a stand-in, and by ViT-S or DETR-R50."""
TIMED_S, CALL_S = 1.0, 0.005
"""Rough seconds for a model of full size to pass a million pixels when it is timed, and for any image besides."""
IMAGES = 1000
"""How many images are reckoned with where the dataset's settings do not say."""


def divide(budget: Budget, cohorts: Sequence[Cohort]) -> dict[str, Budget]:
    """Split the seconds of a suite among its timed cohorts, so that each may have about as many rounds.

    A cohort that is resolved earlier stops earlier, and none stops before its minimum of rounds.
    """
    rounds = {
        cohort.identity: _round_seconds(cohort) for cohort in cohorts if PROBES[cohort.probe.name].kind == "timed"
    }
    total = sum(rounds.values()) or 1.0
    return {
        cohort.identity: replace(budget, seconds=budget.seconds * rounds.get(cohort.identity, 0.0) / total)
        for cohort in cohorts
    }


def duration(budget: Budget, cohorts: Sequence[Cohort]) -> float:
    """Rough seconds that these cohorts will take at most, on a machine that does nothing else."""
    shares = divide(budget, cohorts)
    return sum(_seconds(cohort, shares[cohort.identity]) for cohort in cohorts)


def _round_seconds(cohort: Cohort) -> float:
    """Rough seconds of one round: a call of every arm and of the twin."""
    (height, width), batch = cohort.scale.timing, cohort.probe.condition.batch
    image = CALL_S + height * width / 1e6 * TIMED_S * (STAND_IN_S / MODEL_S if cohort.scale.is_stand_in else 1.0)
    return batch * (len(cohort.trials) + 1) * image


def _seconds(cohort: Cohort, share: Budget) -> float:
    probe, trials = PROBES[cohort.probe.name], len(cohort.trials)
    if probe.kind == "static" and probe.environment is not None:
        return ALONE_S * trials
    scored = _image_seconds(cohort.scale) * trials if probe.kind == "scored" else 0.0
    timed = max(share.seconds, share.min_rounds * _round_seconds(cohort)) if probe.kind == "timed" else 0.0
    return START_S[probe.kind] + TRIAL_S[probe.kind] * trials + scored + timed


def _image_seconds(scale: Scale) -> float:
    """For one variant to pass all images of a scale."""
    count, (height, width) = scale.dataset.settings.get("count"), scale.timing
    images = count if isinstance(count, int) else IMAGES
    return images * height * width / 1e6 * (STAND_IN_S if scale.is_stand_in else MODEL_S)
