"""Stand-ins as a commit might leave them: with an attention head less, or the same function in other bits.

A suite names them as external models: `benchmarks.altered_models:detr_without_17` lacks the head of that number,
counted through all attentions of the model, cut out as `prune-heads` does it. Of `detr_whole` nothing is altered; in
`detr_turned` the heads of every attention stand in another order, so that sums round otherwise; `detr_rounded` has
weights of 10 significant bits, one less than the float16 that ships.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchbench.catalog.contracts import Absent, Family
from benchbench.catalog.families import FAMILIES

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Attention

STAND_INS = {"detr": ("detr", "stand-in"), "vit": ("vit", "stand-in/ti"), "depth": ("depth-anything", "stand-in")}
"""By the name they have here: the family and its checkpoint."""
BITS = 10


def __getattr__(name: str) -> Callable[[], nn.Module]:
    """The factory of this name. Raises AttributeError for what is none."""
    short, _, alteration = name.partition("_")
    verb, _, number = alteration.partition("_")
    if short not in STAND_INS or verb not in ALTERATIONS or (number and not number.isdecimal()):
        raise AttributeError(name)
    return partial(altered, short, verb, int(number or 0))


def altered(short: str, verb: str, number: int = 0) -> nn.Module:
    """A stand-in with one alteration."""
    family, model = whole(short)
    ALTERATIONS[verb](model, attentions(family, model), number)
    return model


def whole(short: str) -> tuple[Family, nn.Module]:
    """A stand-in as it ships, and its family."""
    name, checkpoint = STAND_INS[short]
    family = FAMILIES[name]
    weights = family.locate(checkpoint)
    assert not isinstance(weights, Absent)
    return family, family.build(weights, seed=0)


def attentions(family: Family, model: nn.Module) -> list[Attention]:
    """Every attention of the model, in the order in which heads are counted."""
    return [each for stack in family.anatomy(model).stacks for layer in stack.layers for each in layer.attentions]


def heads(short: str) -> list[str]:
    """The heads of a stand-in by number: "decoder.5.encoder_attn, head 3"."""
    return [f"{each.name}, head {head}" for each in attentions(*whole(short)) for head in range(each.heads)]


def _nothing(model: nn.Module, places: list[Attention], number: int) -> None:
    del model, places, number


def _without(model: nn.Module, places: list[Attention], number: int) -> None:
    """Removes one head physically."""
    from benchbench.catalog.surgery.groups import heads as group
    from benchbench.catalog.surgery.slicing import cut, tell

    del model
    attention, head = [(each, head) for each in places for head in range(each.heads)][number]
    cut(group(attention), [other for other in range(attention.heads) if other != head])
    tell(attention, attention.heads - 1, attention.head_dim)


def _turned(model: nn.Module, places: list[Attention], number: int) -> None:
    """Puts the last head of every attention first."""
    from benchbench.catalog.surgery.groups import heads as group
    from benchbench.catalog.surgery.slicing import cut

    del model, number
    for attention in places:
        cut(group(attention), [attention.heads - 1, *range(attention.heads - 1)])


def _rounded(model: nn.Module, places: list[Attention], number: int) -> None:
    import torch

    del places, number
    for weight in model.parameters():
        digits, power = torch.frexp(weight.data)
        weight.data = torch.ldexp((digits * 2**BITS).round() / 2**BITS, power)


ALTERATIONS: dict[str, Callable[[nn.Module, list[Attention], int], None]] = {
    "whole": _nothing,
    "without": _without,
    "turned": _turned,
    "rounded": _rounded,
}
