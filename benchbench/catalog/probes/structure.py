"""What the built model is made of, read from its tensors: layers, heads, widths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.types import Condition, Measurement, Metric

if TYPE_CHECKING:
    from benchbench.catalog.anatomy import Anatomy, Attention, ConvStage, Stack

_TITLES = {
    "layers_encoder": "encoder layers",
    "layers_decoder": "decoder layers",
    "layers_image": "layers of the image tower",
    "layers_text": "layers of the text tower",
    "heads_encoder": "heads of an encoder attention",
    "heads_decoder": "heads of a decoder attention",
    "heads_image": "heads of an attention of the image tower",
    "heads_text": "heads of an attention of the text tower",
    "head_dim": "channels of a head",
    "attention_width": "inner width of an attention",
    "d_model": "width of the Transformer",
    "ffn": "hidden units of a feed-forward",
    "queries": "object queries",
    "logits": "class logits",
    "projection": "width of the embeddings that towers meet in",
    "stage_width": "output channels of the last stage",
    "stage_inner": "inner channels of the last stage",
    "taps": "layers whose output the head reads",
    "patch": "side of a patch, in pixels of what is cut into patches",
}
METRICS = tuple(Metric(name, title, "", "neither", 0, exact=True) for name, title in _TITLES.items())


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """One number for each fact; a fact that differs from part to part has none, and a note lists its values."""
    del inputs, condition
    measurements, notes = [], []
    for name, found in facts(subject.anatomy):
        values = list(found)
        if len(set(values)) == 1:
            measurements.append(Measurement(name, (float(values[0]),)))
        elif values:
            notes.append(f"{_TITLES[name]} differ: {', '.join(map(str, values))}")
    return measurements, notes


def facts(anatomy: Anatomy) -> Iterator[tuple[str, Iterable[int]]]:
    """Each fact with its value in every part that has one."""
    stacks = anatomy.stacks
    for stack in stacks:
        if f"layers_{stack.name}" in _TITLES:
            yield f"layers_{stack.name}", [len(stack.holder)]
            yield f"heads_{stack.name}", [each.query.weight.shape[0] // each.head_dim for each in attentions(stack)]
    yield "taps", [len(stack.taps) for stack in stacks if stack.taps]
    yield "head_dim", [each.head_dim for stack in stacks for each in attentions(stack)]
    yield "attention_width", [each.query.weight.shape[0] for stack in stacks for each in attentions(stack)]
    yield "ffn", [layer.feed_forward.first.weight.shape[0] for stack in stacks for layer in stack.layers]
    if anatomy.stream:
        yield "d_model", [norm.weight.shape[0] for norm in anatomy.stream.norms]
    yield from _ends(anatomy)
    if anatomy.stages:
        yield from _stage_facts(anatomy.stages[-1])


def _ends(anatomy: Anatomy) -> Iterator[tuple[str, Iterable[int]]]:
    if anatomy.queries:
        yield "queries", [anatomy.queries.weight.shape[0]]
    if anatomy.classifier:
        yield "logits", [anatomy.classifier.weight.shape[0]]
    if anatomy.projection:
        yield "projection", [anatomy.projection.weight.shape[0]]
    if anatomy.patches:
        yield "patch", list(anatomy.patches.weight.shape[2:])


def attentions(stack: Stack) -> list[Attention]:
    return [each for layer in stack.layers for each in layer.attentions]


def _stage_facts(stage: ConvStage) -> Iterator[tuple[str, Iterable[int]]]:
    yield "stage_width", [block.convolutions[-1].convolution.weight.shape[0] for block in stage.blocks]
    inner = [unit.convolution.weight.shape[0] for block in stage.blocks for unit in block.convolutions[:-1]]
    yield "stage_inner", inner


PROBE = StaticProbe(name="structure", version=2, metrics=METRICS, measure=measure, opens=True)
