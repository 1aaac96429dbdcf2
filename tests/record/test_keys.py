"""A key changes with what a number depends on, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.record import key
from benchbench.types import Condition, Place, Trial, Use


def of(trial: Trial, **given: dict[str, str]) -> str:
    parts = {"fingerprints": {"weights": "w"}, "versions": {"latency": "1"}, "environment": {}} | given
    return key(trial, **parts)


def named(trial: Trial) -> list[Trial]:
    elsewhere = Place("other.yaml", 9, 9)
    variant = replace(trial.variant, name="x", title="y", note="z", parent="p", scales=("full",), place=elsewhere)
    scale = replace(trial.scale, name="x", title="y", place=elsewhere)
    probe = replace(trial.probe, scales=("full",), variants=("a",), place=elsewhere)
    return [replace(trial, variant=variant), replace(trial, scale=scale), replace(trial, probe=probe)]


def touched(trial: Trial) -> list[Trial]:
    variant, scale, probe = trial.variant, trial.scale, trial.probe
    return [
        replace(trial, seed=1),
        replace(trial, variant=replace(variant, steps=())),
        replace(trial, variant=replace(variant, steps=variant.steps * 2)),
        replace(trial, variant=replace(variant, steps=(Use("drop-layers", {"stack": "encoder", "count": 3}),))),
        replace(trial, variant=replace(variant, architecture={"backbone": "resnet-18"})),
        replace(trial, scale=replace(scale, architecture={"backbone": "resnet-18"})),
        replace(trial, scale=replace(scale, checkpoint="other")),
        replace(trial, scale=replace(scale, family="vit")),
        replace(trial, scale=replace(scale, input={"shorter": 96})),
        replace(trial, scale=replace(scale, timing=(96, 96))),
        replace(trial, scale=replace(scale, calibration=Use("coco", {"split": "train2017"}))),
        replace(trial, probe=replace(probe, name="throughput")),
        replace(trial, probe=replace(probe, settings={"calls": 3})),
        replace(trial, probe=replace(probe, condition=Condition(threads=1))),
    ]


def test_names_and_places_are_not_part_of_it(trial: Trial) -> None:
    assert {of(other) for other in named(trial)} == {of(trial)}


def test_whatever_a_number_depends_on_is(trial: Trial) -> None:
    keys = [of(other) for other in touched(trial)]
    assert len({of(trial), *keys}) == len(keys) + 1


@pytest.mark.parametrize("part", ["fingerprints", "versions", "environment"])
def test_so_are_weights_code_and_machine(trial: Trial, part: str) -> None:
    assert of(trial, **{part: {"weights": "other"}}) != of(trial)


def test_data_count_only_for_who_reads_them(trial: Trial) -> None:
    other = replace(trial, scale=replace(trial.scale, dataset=Use("coco", {"split": "train2017"})))
    timing = replace(trial, scale=replace(trial.scale, timing=(5, 5)))
    reads = {"weights": "w", "data": "d"}
    assert of(other) == of(trial)
    assert of(other, fingerprints=reads) != of(trial, fingerprints=reads)
    assert of(timing, fingerprints=reads) == of(trial, fingerprints=reads)


def test_calibration_cannot_touch_a_model_without_steps(trial: Trial) -> None:
    whole = replace(trial, variant=replace(trial.variant, steps=()))
    calibrated = replace(whole, scale=replace(whole.scale, calibration=Use("coco")))
    assert of(whole) == of(calibrated)


def test_order_of_settings_does_not_matter(trial: Trial) -> None:
    swapped = Use("drop-layers", {"count": 4, "stack": "encoder"})
    assert of(replace(trial, variant=replace(trial.variant, steps=(swapped,)))) == of(trial)
