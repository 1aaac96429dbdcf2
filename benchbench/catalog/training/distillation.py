"""What a student hears from its teacher, and the student with its losses as one module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, layer_norm

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.training import logits
from benchbench.catalog.training.recipe import Lesson, LogitLesson
from benchbench.catalog.training.selection import ENCODER
from benchbench.errors import CannotTrain

if TYPE_CHECKING:
    from benchbench.catalog.anatomy import Anatomy, Stack


class Teacher:
    """A trained subject in eval mode that answers without gradients: its outputs, and the tokens of some layers.

    `layers` are the 0-based layers of its stack that a student of so many layers imitates: of equal relative depth.
    """

    def __init__(self, subject: Subject, device: torch.device) -> None:
        self.subject = subject
        subject.model.eval().to(device)

    @cached_property
    def stack(self) -> Stack:
        return stack_of(self.subject.anatomy)

    def answer(self, inputs: Inputs, layers: Sequence[int]) -> tuple[Any, list[Tensor]]:
        from accelerate.utils import convert_to_fp32

        # Not inference mode: a loss that keeps the answers for its gradient may not keep inference tensors.
        with torch.no_grad(), listening([self.stack.layers[index].module for index in layers]) as heard:
            outputs = self.subject.model(**inputs)
        return convert_to_fp32(outputs), heard


class Learner(nn.Module):
    """The student with all that is trained beside it; a forward pass is its loss, so that DDP sees what has a gradient.

    `feature` compares each of its layers with the teacher's of equal relative depth: 1 - cosine of layer-normalised
    tokens, through a linear projection, thrown away afterwards, where the widths differ.
    """

    def __init__(self, subject: Subject, anatomy: Anatomy, lesson: Lesson, teacher: Teacher | None) -> None:
        super().__init__()
        self.model = subject.model
        self._family, self._lesson = subject.family, lesson
        self._watched: list[nn.Module] = []
        self.layers: list[int] = []
        self.projections = nn.ModuleList()
        if teacher is not None and lesson.feature:
            self._watch(stack_of(anatomy), teacher.stack)

    def _watch(self, own: Stack, other: Stack) -> None:
        self._watched = [layer.module for layer in own.layers]
        self.layers = relative(len(own.layers), len(other.layers))
        width, wanted = (each.layers[0].attentions[0].query.in_features for each in (own, other))
        for _ in own.layers if width != wanted else ():
            self.projections.append(nn.Linear(width, wanted))

    def forward(self, inputs: Inputs, targets: Mapping[str, Any], taught: tuple[Any, list[Tensor]] | None) -> Tensor:
        from accelerate.utils import convert_to_fp32

        with listening(self._watched) as heard:
            outputs = convert_to_fp32(self.model(**inputs))
        lesson = self._lesson
        with torch.autocast(next(iter(inputs.values())).device.type, enabled=False):
            terms = [lesson.truth * self._examination(outputs, targets)] if lesson.truth else []
            if taught is not None and lesson.output:
                terms.append(lesson.output * self._imitation(outputs, taught[0]))
            if taught is not None and lesson.feature:
                terms.append(lesson.feature * self._features(heard, taught[1]))
            return torch.stack(terms).sum()

    def _examination(self, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        lesson = self._lesson
        examined = logits.examined(lesson, outputs) if isinstance(lesson, LogitLesson) else outputs
        return self._family.loss(self.model, examined, targets)

    def _imitation(self, outputs: Any, taught: Any) -> Tensor:
        lesson = self._lesson
        if isinstance(lesson, LogitLesson):
            return logits.imitation(lesson, outputs, taught)
        return self._family.imitation(outputs, taught)

    def _features(self, heard: list[Tensor], wanted: list[Tensor]) -> Tensor:
        own = [tokens.float() for tokens in heard]
        if len(self.projections):
            own = [project(tokens) for project, tokens in zip(self.projections, own, strict=True)]
        return torch.stack([unlike(one, other.float()) for one, other in zip(own, wanted, strict=True)]).mean()


def unlike(tokens: Tensor, wanted: Tensor) -> Tensor:
    """Mean over (n, tokens, width) of 1 - cosine, both layer-normalised. Raises CannotTrain for other shapes."""
    if tokens.shape != wanted.shape:
        raise CannotTrain(
            f"feature: tokens of shape {tuple(tokens.shape)} against the teacher's {tuple(wanted.shape)}",
            "teacher and student must cut images into the same patches; write feature: 0",
        )
    own, other = (layer_norm(each, each.shape[-1:]) for each in (tokens, wanted))
    return 1 - cosine_similarity(own, other, dim=-1).mean()


def relative(layers: int, teachers: int) -> list[int]:
    """For each of so many layers the 0-based layer of the teacher at the same share of the depth or just above it.

    The last meets the last; 4 layers meet 2, 5, 8 and 11 of 12.
    """
    return [-(-(index + 1) * teachers // layers) - 1 for index in range(layers)]


def stack_of(anatomy: Anatomy) -> Stack:
    """The stack "encoder", or the only one there is."""
    named = [stack for stack in anatomy.stacks if stack.name == ENCODER]
    return (named or list(anatomy.stacks))[0]


@contextmanager
def listening(modules: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """The tokens (n, tokens, width) that these modules give out, in the order in which they run."""
    heard: list[Tensor] = []

    def hear(module: nn.Module, given: Any, output: Any) -> None:
        del module, given
        heard.append(output[0] if isinstance(output, tuple) else output)

    hooks = [module.register_forward_hook(hear) for module in modules]
    try:
        yield heard
    finally:
        for hook in hooks:
            hook.remove()


def check(student: Subject, teacher: Subject, lesson: Lesson) -> None:
    """Raises CannotTrain for a teacher of another task, and for logits of classes where there are none."""
    if teacher.family.task != student.family.task:
        raise CannotTrain(
            f"the teacher predicts {teacher.family.task} ({teacher.family.name}), the student {student.family.task}",
            "name a variant of the same task as teacher",
        )
    if isinstance(lesson, LogitLesson) and student.family.task != "classification":
        raise CannotTrain(
            f"logits of classes teach classification, but {student.family.name} predicts {student.family.task}",
            "write distil, which teaches whatever a family predicts",
        )
