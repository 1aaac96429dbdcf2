"""Which groups of channels a suite's words mean in this model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from benchbench.catalog.anatomy import Anatomy, Attention, ConvStage, Stream
from benchbench.catalog.surgery.groups import Group, channels, dimensions, hidden, inner, outputs, stream
from benchbench.errors import CannotCut, nearest

Where = Literal["feed-forward", "stage-inner", "stage-output", "stream", "stream-alone", "backbone", "head-features"]
Stage = Literal["last", "all"] | int


def chosen(anatomy: Anatomy, where: Where, stage: Stage, stacks: Sequence[str] | None) -> list[Group]:
    """The groups of channels to cut, stages counted from 1. Raises CannotCut naming what the model has instead."""
    if stacks is not None and where != "feed-forward":
        raise CannotCut(f"stacks are chosen for feed-forward, not for {where}")
    if where == "feed-forward":
        groups = list(_feed_forwards(anatomy, stacks))
    elif where == "stream":
        groups = [stream(stream_of(anatomy)), *(group for each in attentions(anatomy) for group in dimensions(each))]
    elif where == "stream-alone":
        groups = [stream(stream_of(anatomy))]
    elif where == "head-features":
        groups = list(_features(anatomy))
    else:
        groups = list(_convolutional(anatomy, where, stage))
    for group in groups:
        _refuse_grouped_convolutions(group)
    return groups


def attentions(anatomy: Anatomy) -> Iterator[Attention]:
    """Every attention of every stack, in the order of the layers."""
    return (attention for stack in anatomy.stacks for layer in stack.layers for attention in layer.attentions)


def stream_of(anatomy: Anatomy) -> Stream:
    """The Transformer's stream. Raises CannotCut where the family declares none."""
    if anatomy.stream is None:
        raise CannotCut("this model's stream cannot be narrowed")
    return anatomy.stream


def _feed_forwards(anatomy: Anatomy, stacks: Sequence[str] | None) -> Iterator[Group]:
    known = {stack.name: stack for stack in anatomy.stacks}
    for name in known if stacks is None else dict.fromkeys(stacks):
        if name not in known:
            raise CannotCut(f"no stack '{name}'", nearest(name, known))
        for layer in known[name].layers:
            yield hidden(layer.feed_forward)


def _features(anatomy: Anatomy) -> Iterator[Group]:
    if not anatomy.features:
        raise CannotCut("head-features needs a convolutional head, and this model has none")
    yield from map(channels, anatomy.features)


def _convolutional(anatomy: Anatomy, where: Where, stage: Stage) -> Iterator[Group]:
    if not anatomy.stages:
        raise CannotCut(f"{where} needs a convolutional backbone, and this model has none")
    stages = list(anatomy.stages) if where == "backbone" else _stages(anatomy, stage)
    if where != "stage-output":
        yield from (group for each in stages for group in inner(each))
    if where != "stage-inner":
        names = {each.name for each in stages} | ({"stem"} if where == "backbone" else set())
        yield from _paths(anatomy, names)


def _stages(anatomy: Anatomy, stage: Stage) -> list[ConvStage]:
    stages = anatomy.stages
    if stage == "all":
        return list(stages)
    number = len(stages) if stage == "last" else stage
    if not 1 <= number <= len(stages):
        raise CannotCut(f"no stage {stage}", f"stages are counted from 1 to {len(stages)}")
    return [stages[number - 1]]


def _paths(anatomy: Anatomy, names: set[str]) -> Iterator[Group]:
    for along, group in outputs(anatomy):
        if names.isdisjoint(along):
            continue
        if not names.issuperset(along):
            raise CannotCut(f"{' and '.join(along)} are one residual path", "cut the whole backbone")
        yield group


def _refuse_grouped_convolutions(group: Group) -> None:
    for module in (*group.writers, *group.readers):
        if getattr(module, "groups", 1) != 1:
            raise CannotCut(f"{group.name}: a grouped convolution cannot be narrowed")
