"""From one image's logits to the place of its true class, and to the few logits that tell that place again.

A tie tells nothing and counts as wrong: the true class is taken to stand behind every other of the same logit, so that
constant output is not rewarded and no order of the classes matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

PLACES = 5
"""A class within so many places counts for top-5."""
KEPT = PLACES + 1
"""Of a prediction: the sixth tells whether the fifth is tied."""
_OTHERS = "checkpoint and dataset number their classes differently: name a checkpoint with this dataset's classes"


def row(prediction: Arrays, target: Arrays) -> Arrays:
    """Whether the true class has the first place, or one of five; whether it is tied; label and predicted class.

    prediction: logits (classes,), or the `kept` of them. target: label (), and classes (), how many its dataset has, if
    that is known. Raises BadData for logits that are not finite or more or fewer than the dataset's classes, and for a
    label that the model has no logit for.
    """
    logits, classes, count = _listed(prediction)
    label = _label(target, count)
    _check_finite(logits)
    own = logits[classes == label]
    others = logits[classes != label]
    place = int(np.count_nonzero(others >= own[0])) if len(own) else KEPT
    return {
        "correct1": np.array(place < 1),
        "correct5": np.array(place < PLACES),
        "tied": np.array(len(own) > 0 and bool((others == own[0]).any())),
        "label": np.array(label, np.int64),
        "predicted": np.array(classes[np.argmax(logits)], np.int64),
    }


def kept(prediction: Arrays) -> Arrays:
    """The highest logits with their `classes`, in falling order, and how many classes there were: scored as all are."""
    logits, classes, count = _listed(prediction)
    order = np.argsort(-logits, kind="stable")[:KEPT]
    return {"logits": logits[order], "classes": classes[order].astype(np.int32), "count": np.array(count, np.int64)}


def _listed(prediction: Arrays) -> tuple[NDArray[np.floating], NDArray[np.integer], int]:
    """Logits, which classes they are of, and how many classes there are in all."""
    logits = np.asarray(prediction["logits"])
    if logits.ndim != 1 or not len(logits) or logits.dtype.kind != "f":
        raise BadData(f"logits {logits.shape} of {logits.dtype}", "they are one number for each class: (classes,)")
    if "classes" not in prediction:
        return logits, np.arange(len(logits)), len(logits)
    classes, count = np.asarray(prediction["classes"]), _one(prediction["count"])
    enough = len(logits) >= min(KEPT, count) and classes.shape == logits.shape
    if not enough or len(set(classes.tolist())) != len(classes) or not ((classes >= 0) & (classes < count)).all():
        raise BadData(
            f"{logits.shape} logits of {classes.shape} classes out of {count}",
            f"the {KEPT} highest logits with their distinct classes, or all of them",
        )
    return logits, classes, count


def _label(target: Arrays, count: int) -> int:
    label, known = _one(target["label"]), _one(target.get("classes", np.array(count)))
    if known != count:
        raise BadData(f"the dataset has {known:,} classes, the model tells {count:,} apart", _OTHERS)
    if not 0 <= label < count:
        raise BadData(f"label {label} for a model with {count:,} logits, 0 to {count - 1:,}", _OTHERS)
    return label


def _one(array: NDArray[Any]) -> int:
    return int(np.asarray(array).reshape(-1)[0])


def _check_finite(logits: NDArray[np.floating]) -> None:
    if bad := int(np.count_nonzero(~np.isfinite(logits))):
        raise BadData(
            f"logits that are not finite: {bad} of {logits.size} ({100 * bad / logits.size:.3g} %)",
            "the model's output is broken",
        )
