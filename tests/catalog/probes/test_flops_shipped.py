"""Every variant of every shipped suite: two independent counts of multiply-adds agree, quantised ones count as floats.

Models of the suites' own sizes. Weights that are no file are zeros, made in no time: counts are of shapes alone, and
which of equal heads a cut keeps changes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Step, Weights
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes.flops import PROBE
from benchbench.catalog.steps import STEPS
from benchbench.declare import load
from benchbench.expand import expand
from benchbench.measure.build import Workshop
from benchbench.measure.placing import inputs_for
from benchbench.measure.shelves import CATALOG
from benchbench.shipped import find_suite, suites
from benchbench.types import Cohort, Condition, ProbeUse, Trial, Variant
from benchbench.vocabulary import vocabulary

SUITES = suites()
FLOPS = ProbeUse("flops", {}, Condition(batch=1, threads=1))
APART = 0.001


class Hollow:
    """A family whose random weights are zeros."""

    def __init__(self, name: str) -> None:
        self._family = FAMILIES[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)

    def build(self, weights: Weights, *, seed: int, **settings: Any) -> nn.Module:
        if weights.path is not None:
            return self._family.build(weights, seed=seed, **settings)
        with torch.device("meta"):
            model = self._family.build(weights, seed=seed, **settings)
        return model.to_empty(device="cpu").apply(_emptied)


@torch.no_grad()
def _emptied(module: nn.Module) -> None:
    for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
        tensor.zero_()


@dataclass(frozen=True)
class Counted:
    macs: float
    counter: float
    notes: tuple[str, ...]


@cache
def cohorts(suite: str) -> tuple[Cohort, ...]:
    """All variants at each scale; where cuts choose on data, they choose without: as many parts go."""
    declared = load(find_suite(suite), vocabulary())
    scales = tuple(replace(scale, calibration=None) for scale in declared.scales)
    return expand(replace(declared, probes=(FLOPS,), attempts=(), scales=scales), everything=True).cohorts


def shape_of(trial: Trial) -> str:
    """What a count depends on. A training changes no shape."""
    steps = [(use.name, dict(use.settings)) for use in cuts(trial.variant)]
    scale, variant = trial.scale, trial.variant
    sizes = {**scale.architecture, **variant.architecture}
    return repr((scale.family, sizes, trial.origin.checkpoint, scale.timing, steps))


def cuts(variant: Variant) -> list[Any]:
    return [use for use in variant.steps if isinstance(STEPS[use.name], Step)]


def is_quantised(variant: Variant) -> bool:
    return any(use.name == "quantise" for use in variant.steps)


def counted(suite: str) -> Iterator[tuple[Trial, Counted]]:
    """Each shape of a suite once."""
    families: dict[str, Any] = {name: Hollow(name) for name in FAMILIES}
    workshop, seen = Workshop(replace(CATALOG, families=families)), set[str]()
    for cohort in cohorts(suite):
        workshop.open(cohort)
        for trial in cohort.trials:
            if shape_of(trial) not in seen:
                seen.add(shape_of(trial))
                yield trial, count(workshop, trial)


def count(workshop: Workshop, trial: Trial) -> Counted:
    built = workshop.build(trial)
    inputs = inputs_for(workshop.family, trial.scale, FLOPS.condition, 0)
    measurements, notes = PROBE.measure(built.subject, inputs, FLOPS.condition)
    found = {each.metric: each.samples[0] for each in measurements}
    return Counted(found["macs"], found["macs_counter"], (*built.said, *notes))


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_two_counts_agree_for_every_variant(suite: str) -> None:
    found = list(counted(suite))
    shapes = {shape_of(trial): number for trial, number in found}
    declared = [trial for cohort in cohorts(suite) for trial in cohort.trials]
    assert {shape_of(trial) for trial in declared} == set(shapes)
    for trial, number in found:
        where = f"{trial.variant.name} at {trial.scale.name}"
        assert number.macs > 0, where
        assert abs(number.macs - number.counter) <= APART * number.macs, where
        if is_quantised(trial.variant):
            parent = replace(trial.variant, steps=tuple(use for use in trial.variant.steps if use.name != "quantise"))
            assert number.macs == shapes[shape_of(replace(trial, variant=parent))].macs, where
            assert any("multiply-adds are those of the float model" in note for note in number.notes), where
