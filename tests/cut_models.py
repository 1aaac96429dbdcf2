"""A tiny model of each family with layers, heads and channels removed, lively enough that a wrong number shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch

from benchbench.catalog.contracts import Inputs, Subject, Weights
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.steps import STEPS
from tests import lively_depth, lively_detr, lively_vit

RANDOM = Weights("random", "random")
DINOV2: dict[str, Any] = {"width": 32, "layers": 4, "heads": 4, "ffn": 64, "patch": 14, "image": 56}


class Case(NamedTuple):
    """`parts` are the names of the outputs that are exported."""

    subject: Subject
    inputs: Inputs
    parts: tuple[str, ...]


def detr() -> Case:
    subject = lively_detr.subject()
    cut(subject, "drop-layers", stack="encoder", count=3)
    cut(subject, "drop-layers", stack="decoder", count=4)
    cut(subject, "prune-heads", keep=0.75)
    cut(subject, "prune-channels", where="feed-forward", keep=0.5)
    cut(subject, "prune-channels", where="backbone", keep=0.75)
    return Case(subject, lively_detr.inputs(), ("logits", "pred_boxes"))


def depth_anything() -> Case:
    """At another size than that of its position embeddings, which are resampled then."""
    subject = lively_depth.subject()
    cut(subject, "drop-layers", stack="encoder", count=6)
    cut(subject, "prune-heads", keep=0.75)
    cut(subject, "prune-channels", where="feed-forward", keep=0.5)
    cut(subject, "prune-channels", where="head-features", keep=0.5)
    return Case(subject, lively_depth.inputs((70, 84)), ("predicted_depth",))


def dinov2(head: str = "dpt") -> Case:
    taps = {"taps": [1, 3]} if head == "linear" else {}
    subject = Subject(FAMILIES["dinov2"].build(RANDOM, seed=0, **DINOV2, head=head, **taps), FAMILIES["dinov2"])
    cut(subject, "prune-heads", keep=0.5)
    cut(subject, "prune-channels", where="feed-forward", keep=0.5)
    pixels = torch.randn(2, 3, 70, 84, generator=torch.Generator().manual_seed(2))
    return Case(subject, {"pixel_values": pixels}, ("predicted_depth",))


def vit(distilled: bool = False) -> Case:
    subject = lively_vit.subject(distilled)
    cut(subject, "drop-layers", stack="encoder", count=3)
    cut(subject, "prune-heads", keep=0.5)
    cut(subject, "prune-channels", where="feed-forward", keep=0.5)
    return Case(subject, lively_vit.inputs(), ("logits",))


CASES: Mapping[str, Callable[[], Case]] = {
    "detr": detr,
    "depth-anything": depth_anything,
    "dinov2": dinov2,
    "dinov2, linear": lambda: dinov2("linear"),
    "vit": vit,
    "deit": lambda: vit(distilled=True),
}


def cut(subject: Subject, step: str, **settings: Any) -> None:
    """Take a step; what it removed is known to be removed."""
    before = sum(each.numel() for each in subject.model.parameters())
    STEPS[step].apply(subject, **settings)
    assert sum(each.numel() for each in subject.model.parameters()) < before


def sized(inputs: Inputs, batch: int) -> Inputs:
    """The same images again and again, until there are so many."""
    return {name: torch.cat([each] * batch)[:batch] for name, each in inputs.items()}
