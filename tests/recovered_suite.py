"""A small suite with trainings, and recovered weights as if they had been trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchbench import flow
from benchbench.catalog.contracts import Course
from benchbench.lineage import Lineage
from benchbench.measure import Artifact, Artifacts, Need
from benchbench.measure.cards import Card
from benchbench.types import Trial

SUITE = """
suite: small
title: A small suite that trains
family: detr
reference: base
seeds: [0, 1]
budget: {seconds: 2, min-rounds: 3, half-width: 0.5}
scales:
  stand-in:
    checkpoint: stand-in
    dataset: {shapes: {seed: 1, count: 6}}
    calibration: {shapes: {seed: 3, count: 4}}
    training: {shapes: {seed: 5, count: 8}}
    input: {shorter: 96, longer: 96}
    timing: [96, 96]
variants:
  base: {title: stand-in DETR}
  heads:
    steps: [prune-heads: {count: 4, score: l1}]
  tuned:
    from: heads
    steps: [finetune: {steps: 2, batch: 4, accumulate: 3}]
  gradual:
    steps:
      - drop-layers: {stack: encoder, count: 5, keep: first}
      - finetune: {steps: 1, batch: 4, accumulate: 3}
      - drop-layers: {stack: encoder, count: 4, keep: first}
      - finetune: {steps: 1, batch: 4, accumulate: 3}
  control:
    steps: [finetune: {steps: 2, batch: 4, accumulate: 3}]
  taught:
    from: heads
    steps: [distil: {teacher: control, steps: 2, batch: 4, accumulate: 3}]
probes:
  - size
  - recovery
  - coco-ap: {condition: {batch: 2}}
"""


def write(folder: Path, text: str = SUITE) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def asked(folder: Path, text: str = SUITE, **more: Any) -> flow.Request:
    return flow.Request(str(write(folder, text)), records=folder / "records", **more)


def lineage(request: flow.Request) -> Lineage:
    """What the plan of this request looks things up with."""
    return Lineage({}, Artifacts(request.artifacts.folder))


def trials(request: flow.Request, variant: str, probe: str = "coco-ap") -> list[Trial]:
    entries = flow.plan(request).entries
    found = [entry.trial for entry in entries if entry.trial.probe.name == probe]
    return [trial for trial in found if trial.variant.name == variant]


def keep(artifacts: Artifacts, need: Need, value: float = 0.5, seconds: float = 6.0) -> Artifact:
    """Keep weights as a training would leave them; `value` is all that was learnt."""
    import torch

    entry = {"step": need.use.name, "key": need.key, "artifact": None, "course": None, "teacher": None}
    card = Card(
        key=need.key,
        step=need.use.name,
        recipe=dict(need.use.settings),
        parts=dict(need.parts),
        parent="p",
        data={},
        surgery=[entry],
        course=Course(2, 24, seconds, 1.0, 1, ((1, 1.0, 0.1),), {}),
    )
    return artifacts.keep(need.key, {"weight": torch.full((4,), value)}, card)


def trained(request: flow.Request, variant: str, value: float = 0.5) -> None:
    """As if the variant had been trained with every seed."""
    for number, trial in enumerate(trials(request, variant)):
        keep(request.artifacts, lineage(request).needs(trial)[-1], value + number)
