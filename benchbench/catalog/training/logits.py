"""What a classifier learns from a teacher's logits: Hinton et al. 2015, DeiT (Touvron et al., arXiv 2012.12877)."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from benchbench.catalog.training.recipe import LogitLesson
from benchbench.errors import CannotTrain


class Answer(NamedTuple):
    """Outputs of a classifier as a family's loss reads them: `logits` (n, classes)."""

    logits: Tensor


def examined(lesson: LogitLesson, outputs: Any) -> Any:
    """The outputs that the truth is held against: those of the class token alone where another one has the teacher."""
    return Answer(_heads(outputs)[0]) if lesson.kind == "token" else outputs


def imitation(lesson: LogitLesson, outputs: Any, taught: Any) -> Tensor:
    """The loss of raw outputs against a teacher's, before its weight: a scalar with a gradient.

    Raises CannotTrain where teacher and student tell other numbers of classes, or where there is no distillation token.
    """
    own = _heads(outputs)[1] if lesson.kind == "token" else outputs.logits
    classes, wanted = own.shape[-1], taught.logits.shape[-1]
    if classes != wanted:
        raise CannotTrain(
            f"the teacher tells {wanted:,} classes apart, the student {classes:,}",
            "name a teacher with the student's own classes",
        )
    return soft(own, taught.logits, lesson.temperature) if lesson.kind == "soft" else hard(own, taught.logits)


def soft(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """T^2 x KL(softmax(taught / T) || softmax(logits / T)), the mean over the n images; both are (n, classes).

    T^2 keeps the gradient's size as T changes (Hinton et al., section 2). DeiT's equation 2; its code divides by the
    number of classes, too.
    """
    own, wanted = (log_softmax(each / temperature, dim=-1) for each in (logits, taught))
    return temperature**2 * kl_div(own, wanted, reduction="batchmean", log_target=True)


def hard(logits: Tensor, taught: Tensor) -> Tensor:
    """Cross entropy of logits with the teacher's decisions, the mean over the n images; both are (n, classes)."""
    return cross_entropy(logits, taught.argmax(dim=-1))


def _heads(outputs: Any) -> tuple[Tensor, Tensor]:
    """The logits of the class token and of the distillation token, both (n, classes)."""
    try:
        return outputs.cls_logits, outputs.distillation_logits
    except AttributeError as error:
        raise CannotTrain(
            "kind: 'token' wants a student with a distillation token", "write architecture: {distilled: true}"
        ) from error
