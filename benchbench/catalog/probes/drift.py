"""`drift`: how far a variant's raw outputs lie from the reference's for the same inputs. No clock, no ground truth.

The reference is computed eagerly in float32 whatever the condition, so that what a runtime or dtype does is told, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.formulas import bootstrap, output_drift
from benchbench.catalog.formulas.output_drift import Alike, Apart, Floats
from benchbench.catalog.formulas.proportions import wilson
from benchbench.catalog.model_outputs import output_names, output_of
from benchbench.errors import BadData, CannotRun
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from torch import Tensor

METRICS = (
    Metric("drift_cosine", "cosine to the reference", "", "higher", 5, within=(-1.0, 1.0)),
    Metric("drift_relative", "largest relative difference to the reference", "", "lower", 4),
    Metric("drift_agreement", "agreement with the reference", "pt", "higher", 1, within=(0.0, 1.0)),
    Metric("drift_max_abs", "largest absolute difference to the reference", "", "lower", 4),
)
RESAMPLES = 1000
AGREEMENT = {
    "classification": "images with the same class first",
    "detection": "of the queries in which either sees an object, those in which both see the same class at IoU ≥ 0.5",
    "depth": "pixels within a factor of 1.25 (δ1 against the reference)",
}
"""What two models' decisions are, by task."""


class Misfit(Exception):
    """Outputs that cannot be compared: why."""


@dataclass(frozen=True)
class Pair:
    """Outputs by name for one batch: the subject's and the reference's."""

    found: Mapping[str, Floats]
    expected: Mapping[str, Floats]

    @property
    def images(self) -> int:
        return len(next(iter(self.expected.values())))


def measure(
    subject: Subject, inputs: Inputs, condition: Condition, *, images: int = 16
) -> tuple[list[Measurement], list[str]]:
    """Over the first `images` of the calibration data, else over the seeded random inputs; a note says which.

    Of several outputs the worst is told, and each in a note. The cosine is the mean over images; it and the agreement
    have 95 % limits over them, by bootstrap or, where each image is one decision, by Wilson. Outputs of another shape
    have no numbers, and a note says why. Raises BadData with the share of values that are not finite, CannotRun where
    no reference is lent.
    """
    if subject.reference is None:
        raise CannotRun("drift compares with the suite's reference, and there is none here")
    try:
        pairs, where = _outputs(subject, subject.reference(), inputs, condition, images)
    except Misfit as misfit:
        return [], [f"not comparable with the reference: {misfit}"]
    apart = {name: _apart(pairs, name) for name in pairs[0].expected}
    alike = _alike(pairs, subject.family.task)
    return _told(list(apart.values()), alike), [where, *_notes(apart, alike, subject.family.task, condition)]


def _outputs(
    subject: Subject, reference: Subject, inputs: Inputs, condition: Condition, images: int
) -> tuple[list[Pair], str]:
    """Both models' outputs, and in words for which inputs. What a closed model cannot take is not asked of it again."""
    why = "no calibration images are " + ("at hand" if images > 0 else "asked for")
    try:
        batches = subject.images(images, condition.batch) if subject.images else ()
        pairs = [_pair(subject, reference, each, condition) for each in batches]
        if pairs:
            return pairs, f"drift over {sum(pair.images for pair in pairs)} calibration images"
    except CannotRun as error:
        why = f"it was not possible over calibration images: {error.what}"
    pair = _pair(subject, reference, inputs, condition)
    return [pair], f"drift over {pair.images} random inputs; {why}"


def _pair(subject: Subject, reference: Subject, inputs: Inputs, condition: Condition) -> Pair:
    import torch

    with torch.inference_mode():
        expected = reference.compute(**_as(inputs, torch.float32))
        found = subject.compute(**_as(inputs, getattr(torch, condition.dtype)))
    names = output_names(expected)
    theirs = {name: _array(output_of(expected, name), f"the reference's '{name}'") for name in names}
    return Pair({name: _matching(found, name, theirs[name]) for name in names}, theirs)


def _as(inputs: Inputs, dtype: Any) -> Inputs:
    return {name: each.to(dtype) if each.is_floating_point() else each for name, each in inputs.items()}


def _matching(found: Any, name: str, expected: Floats) -> Floats:
    """The output of this name. Raises Misfit where there is none, or it has another shape."""
    try:
        tensor: Tensor = output_of(found, name)
    except (CannotRun, KeyError, TypeError) as error:
        raise Misfit(f"there is no output '{name}'") from error
    if tuple(tensor.shape) != expected.shape:
        raise Misfit(f"'{name}' is {tuple(tensor.shape)}, the reference's {expected.shape}")
    return _array(tensor, f"'{name}'")


def _array(tensor: Tensor, what: str) -> Floats:
    array: Floats = tensor.detach().double().numpy(force=True)
    bad = array.size - int(np.isfinite(array).sum())
    if bad:
        raise BadData(f"{what}: {bad} of {array.size} values are not finite ({100 * bad / array.size:.3g} %)")
    return array


def _apart(pairs: Sequence[Pair], name: str) -> Apart:
    return output_drift.joined([output_drift.apart(pair.found[name], pair.expected[name]) for pair in pairs])


def _alike(pairs: Sequence[Pair], task: str) -> Alike | None:
    """None of outputs that are not what the task's models give."""
    agreed = DECISIONS[task]
    found = [agreed(pair) for pair in pairs]
    return output_drift.gathered([each for each in found if each]) if all(found) else None


def _classes(pair: Pair) -> Alike | None:
    names = [name for name, array in pair.expected.items() if array.ndim == 2]
    return output_drift.same_classes(pair.found[names[0]], pair.expected[names[0]]) if len(names) == 1 else None


def _detections(pair: Pair) -> Alike | None:
    if not {"logits", "pred_boxes"} <= set(pair.expected):
        return None
    logits, boxes = ((pair.found[name], pair.expected[name]) for name in ("logits", "pred_boxes"))
    return output_drift.same_detections(logits, boxes)


def _depths(pair: Pair) -> Alike | None:
    names = [name for name, array in pair.expected.items() if array.ndim == 3]
    return output_drift.same_depths(pair.found[names[0]], pair.expected[names[0]]) if len(names) == 1 else None


DECISIONS: Mapping[str, Callable[[Pair], Alike | None]] = {
    "classification": _classes,
    "detection": _detections,
    "depth": _depths,
}


def _told(outputs: Sequence[Apart], alike: Alike | None) -> list[Measurement]:
    """The worst of all outputs."""
    worst = min(outputs, key=lambda each: float(each.cosines.mean()))
    cosine = Alike(worst.cosines, np.ones(len(worst.cosines), np.int64))
    found = [
        Measurement("drift_cosine", (cosine.share,), interval=_over_images(cosine, -1.0)),
        Measurement("drift_relative", (max(each.relative for each in outputs),)),
        Measurement("drift_max_abs", (max(each.largest for each in outputs),)),
    ]
    if alike is None:
        return found
    certain = all(each.identical for each in outputs)
    limits = (1.0, 1.0) if certain else _of_decisions(alike)
    return [*found, Measurement("drift_agreement", (alike.share,), interval=limits)]


def _of_decisions(alike: Alike) -> tuple[float, float] | None:
    """Wilson's limits where each image is one decision, which know that equal ones may have been luck."""
    if (alike.made == 1).all():
        return wilson(int(alike.shared.sum()), len(alike.made))
    return _over_images(alike, 0.0)


def _over_images(alike: Alike, least: float) -> tuple[float, float] | None:
    """Limits by bootstrap, within what there can be; none of a single image."""
    count = len(alike.made)
    if count < 2:
        return None
    drawn = [Alike(draw * alike.shared, draw * alike.made).share for draw in bootstrap.draws(count, RESAMPLES, 0)]
    low, high = bootstrap.limits(alike.share, np.array(drawn))
    return max(low, least), min(high, 1.0)


def _notes(apart: Mapping[str, Apart], alike: Alike | None, task: str, condition: Condition) -> Iterator[str]:
    if (condition.runtime, condition.dtype) != ("eager", "float32"):
        yield "the reference is computed eagerly in float32"
    if all(each.identical for each in apart.values()):
        yield "outputs are identical to the reference's"
    elif len(apart) > 1:
        yield "; ".join(
            f"'{name}': cosine {each.cosines.mean():.6f}, largest difference {each.largest:.3g}, which is "
            f"{each.relative:.3g} of its largest value"
            for name, each in apart.items()
        )
    if alike is None:
        yield f"agreement: these are not the outputs of a model for {task}"
    else:
        nothing = "; there are none, and so none differ" if not alike.made.sum() else ""
        yield f"agreement: {AGREEMENT[task]}{nothing}"


PROBE = StaticProbe(name="drift", version=1, metrics=METRICS, measure=measure, compares=True)
