"""What a suite must hold for its comparisons to mean something: single numbers, and a control for every recovery."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import prod

from benchbench.types import Complaint, Metric, Suite, Use, Variant


def doubt_profiles(suite: Suite, metrics: Mapping[str, Metric]) -> Iterator[Complaint]:
    """Claims about a metric that is a profile over layers."""
    for claim in suite.claims:
        for reading in claim.readings:
            metric = metrics.get(reading.metric)
            if metric is not None and metric.per:
                what = f"{claim.id} ({claim.title}): {metric.name} is a profile over the {metric.per}s, no one number"
                yield Complaint(reading.place, what, "claim a metric with one value, such as latency_ms or macs")


def doubt_controls(suite: Suite, training: Collection[str]) -> Iterator[Complaint]:
    """Recovered variants beside which nothing shows what the same training does to the uncut reference.

    A control is the reference with the same trainings, or with others of the same budget (images seen in all). Told
    once for each recipe of training.
    """
    reference = next((variant for variant in suite.variants if variant.name == suite.reference), None)
    if reference is None:
        return
    controls = [found for variant in suite.variants if (found := _control(variant, reference, training))]
    for variant in suite.variants:
        found = _trainings(variant, training)
        if found and _cut(variant, training) and not any(_equal(found, control) for control in controls):
            controls.append(found)
            yield Complaint(variant.place, *_missing(variant, suite.reference), "warning")


def _missing(variant: Variant, reference: str) -> tuple[str, str]:
    what = f"'{variant.name}' is cut and then trained, but no variant trains the uncut reference as much"
    hint = f"without that control nobody can tell what the training alone gives: from: {reference}, with the same steps"
    return what, hint


def _control(variant: Variant, reference: Variant, training: Collection[str]) -> tuple[Use, ...]:
    """The trainings of a variant that is the reference but for them; none of any other."""
    same = _cuts(variant, training) == _cuts(reference, training)
    alike = same and dict(variant.architecture) == dict(reference.architecture)
    return _trainings(variant, training) if alike else ()


def _cuts(variant: Variant, training: Collection[str]) -> list[Use]:
    return [use for use in variant.steps if use.name not in training]


def _trainings(variant: Variant, training: Collection[str]) -> tuple[Use, ...]:
    return tuple(use for use in variant.steps if use.name in training)


def _cut(variant: Variant, training: Collection[str]) -> bool:
    """Whether something was cut before the last training."""
    trained = [index for index, use in enumerate(variant.steps) if use.name in training]
    return any(use.name not in training for use in variant.steps[: trained[-1]])


def _equal(ours: tuple[Use, ...], theirs: tuple[Use, ...]) -> bool:
    if [(use.name, dict(use.settings)) for use in ours] == [(use.name, dict(use.settings)) for use in theirs]:
        return True
    budgets = [_budget(trainings) for trainings in (ours, theirs)]
    return budgets[0] is not None and budgets[0] == budgets[1]


def _budget(trainings: tuple[Use, ...]) -> float | None:
    """Images seen in all, where every training says so."""
    total = 0.0
    for use in trainings:
        factors = [use.settings.get("steps"), use.settings.get("batch"), use.settings.get("accumulate", 1)]
        known = [factor for factor in factors if isinstance(factor, int | float)]
        if len(known) < len(factors):
            return None
        total += prod(known)
    return total
