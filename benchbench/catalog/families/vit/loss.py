"""What a Vision Transformer is trained to make small: cross entropy, and a divergence from a teacher's classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div

from benchbench.errors import CannotTrain


def loss(outputs: Any, targets: Mapping[str, Any]) -> Tensor:
    """Mean cross entropy with the labels, as transformers computes it.

    With a distillation token only the class token's head hears the truth, as DeiT trains it (losses.py): the other
    one is the teacher's, and learns nothing where there is none.
    """
    heard = getattr(outputs, "cls_logits", None)
    value: Tensor = cross_entropy(outputs.logits if heard is None else heard, targets["labels"])
    return value


def imitation(outputs: Any, taught: Any) -> Tensor:
    """Mean over the images of KL(teacher || student) between their classes, at temperature 1 (Hinton et al. 2015).

    The student's distillation token imitates where it has one (DeiT's soft distillation). Raises CannotTrain where
    images or classes differ.
    """
    apart = getattr(outputs, "distillation_logits", None)
    own = outputs.logits if apart is None else apart
    _check(own, taught.logits)
    value: Tensor = kl_div(
        own.log_softmax(-1), taught.logits.detach().log_softmax(-1), reduction="batchmean", log_target=True
    )
    return value


def _check(logits: Tensor, taught: Tensor) -> None:
    if len(logits) != len(taught):
        raise CannotTrain(f"a teacher's outputs of {len(taught)} images for a student's of {len(logits)}")
    if logits.shape[-1] != taught.shape[-1]:
        raise CannotTrain(f"the teacher tells {taught.shape[-1]} classes apart, the student {logits.shape[-1]}")
