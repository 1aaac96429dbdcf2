"""Runtimes that export or compile run when they are asked for."""

from __future__ import annotations

import pytest

from benchbench.expand import Expansion, expand
from benchbench.types import Condition, Document, ProbeUse, Scale, Skipped, Suite, Use, Variant

SUITE = Suite(
    *("toy", "Toy", "toy.yaml", "toy", "base"),
    Document(""),
    scales=(Scale("small", "Small", "toy", "random", Use("dots")),),
    variants=(Variant("base", "Base"), Variant("cut", "Cut"), Variant("late", "Late")),
    probes=(
        ProbeUse("latency"),
        ProbeUse("latency", condition=Condition(runtime="onnxruntime"), variants=("cut",)),
    ),
)


def taken(expansion: Expansion) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (cohort.probe.condition.runtime, tuple(trial.variant.name for trial in cohort.trials))
        for cohort in expansion.cohorts
    ]


ALL = ("base", "cut", "late")


@pytest.mark.parametrize(
    ("select", "everything", "expected"),
    [
        ("", False, [("eager", ALL)]),
        ("latency", False, [("eager", ALL)]),
        ("onnxruntime", False, [("onnxruntime", ("base", "cut"))]),
        ("onnx and cut", False, [("onnxruntime", ("base", "cut"))]),
        ("not onnxruntime", False, [("eager", ALL)]),
        ("", True, [("eager", ALL), ("onnxruntime", ALL)]),
    ],
)
def test_a_runtime_is_taken_when_it_is_named(
    select: str, everything: bool, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert taken(expand(SUITE, select=select, everything=everything)) == expected


def test_what_is_left_out_says_how_to_have_it() -> None:
    aside = expand(SUITE).set_aside
    assert [entry.trial.variant.name for entry in aside] == list(ALL)
    assert {entry.outcome for entry in aside} == {
        Skipped("onnxruntime is outside the default budget: it takes minutes", "-k onnxruntime, or --all")
    }
    named = expand(SUITE, select="onnxruntime").set_aside
    assert {entry.outcome for entry in named} == {Skipped("outside the default budget of probe latency", "--all")}
