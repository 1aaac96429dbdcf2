"""A step that nothing can follow is complained of where the next one is declared, before anything runs."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.declare import load
from benchbench.errors import InvalidSuite
from tests.declare.conftest import GOOD, VOCABULARY


def quantise(*, scheme: str = "dynamic") -> None: ...


STEPS = {**VOCABULARY.steps, "quantise": inspect.signature(quantise, eval_str=True).parameters}
CLOSING = replace(VOCABULARY, steps=STEPS, closing=frozenset({"quantise"}))
OLD = "  r18: {scales"
HINT = "(let it be the last step: cut and train before it)"


def declared(*lines: str) -> str:
    return GOOD.replace(OLD, "".join(f"  {line}\n" for line in lines) + OLD)


def complaints_of(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    try:
        load(path, CLOSING)
    except InvalidSuite as error:
        return [line.removeprefix(f"{path}:") for line in str(error).splitlines()]
    return []


@pytest.mark.parametrize(
    ("lines", "complaints"),
    [
        (["int8: {steps: [prune-heads: {keep: 0.5}, quantise]}"], []),
        (["int8: {steps: [quantise: {}]}", "other: {from: layers, steps: [quantise]}"], []),
        (
            ["int8: {steps: [quantise, prune-heads: {keep: 0.5}]}"],
            [f"32:28: 'prune-heads' of 'int8' comes after 'quantise', which no step can follow {HINT}"],
        ),
        (
            ["int8: {steps: [quantise: {scheme: static}]}", "cut: {from: int8, steps: [prune-heads: {keep: 0.5}]}"],
            [f"33:29: 'prune-heads' of 'cut' comes after 'quantise', which no step can follow {HINT}"],
        ),
        (
            ["int8: {steps: [quantise, quantise]}", "again: {from: int8}"],
            [f"32:28: 'quantise' of 'int8' comes after 'quantise', which no step can follow {HINT}"],
        ),
    ],
)
def test_each_follower_is_told_once_at_its_place(tmp_path: Path, lines: list[str], complaints: list[str]) -> None:
    assert complaints_of(tmp_path / "suite.yaml", declared(*lines)) == complaints


def test_parents_in_a_circle_are_somebody_elses_complaint(tmp_path: Path) -> None:
    circle = declared("one: {from: two, steps: [quantise]}", "two: {from: one}")
    assert any("'from' leads in a circle" in complaint for complaint in complaints_of(tmp_path / "suite.yaml", circle))
