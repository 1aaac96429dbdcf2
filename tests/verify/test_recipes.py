"""Recipes and facts that are judged by quotations."""

from __future__ import annotations

import pytest

from benchbench.types import Entry, Measurement, Quotation, Recipe, Ruling
from tests.claimed_suite import claim, counted, failed, measured, skipped, trial, verdict

SIX = Recipe("nhead-6", "heads", "head_dim stays 32", "train it")
AGAINST = Quotation("facebookresearch/detr", "29901c51d7fe8712", "main.py", 35, "--backbone", supports=False)
FOR = Quotation("facebookresearch/detr", "29901c51d7fe8712", "README.md", 213, "--batch_size 2", supports=True)
ERROR = "ValueError: 256 is no multiple of 6"


def tried(value: float, *notes: str) -> Entry:
    return measured(trial("nhead-6", "builds"), Measurement("builds", (value,)), notes=notes)


RULED: list[tuple[tuple[Entry, ...], Ruling, str]] = [
    ((tried(1),), Ruling.RUNS_AS_WRITTEN, "'nhead-6' was built"),
    (
        (tried(0, ERROR), counted("heads", 5)),
        Ruling.RUNS_AFTER_CHANGE,
        "'heads' runs after this change: head_dim stays 32",
    ),
    ((failed("nhead-6", "builds", ERROR), counted("heads", 5)), Ruling.RUNS_AFTER_CHANGE, "no multiple of 6"),
    ((tried(0, ERROR), failed("heads", "params", "CannotCut")), Ruling.CANNOT_RUN, "it fails with CannotCut"),
    ((tried(0, ERROR), skipped("heads", "params", "later", "run")), Ruling.NOT_MEASURED, "to do it: run"),
    ((tried(0, ERROR),), Ruling.NOT_MEASURED, ERROR),
    ((skipped("nhead-6", "builds", "not yet"),), Ruling.NOT_MEASURED, "Not yet; to do it: train it"),
    ((), Ruling.NOT_MEASURED, "'nhead-6' was not tried"),
]


@pytest.mark.parametrize(("entries", "ruling", "words"), RULED)
def test_attempts(entries: tuple[Entry, ...], ruling: Ruling, words: str) -> None:
    found = verdict(claim("recipe", recipe=SIX), *entries)
    assert found.ruling is ruling
    assert words in found.reason


def test_without_a_change_it_cannot_run() -> None:
    found = verdict(claim("recipe", recipe=Recipe("nhead-6")), tried(0, ERROR))
    assert (found.ruling, found.reason) == (Ruling.CANNOT_RUN, f"As written it fails with {ERROR}.")


def test_any_measurement_shows_that_a_variant_was_built() -> None:
    assert verdict(claim("recipe", recipe=Recipe("layers")), counted("layers", 5)).ruling is Ruling.RUNS_AS_WRITTEN


def test_a_recipe_with_nothing_to_try_gives_its_remedy() -> None:
    found = verdict(claim("recipe", recipe=Recipe(remedy="50 epochs on 4 GPUs")))
    assert found.ruling is Ruling.NOT_MEASURED
    assert "50 epochs on 4 GPUs" in found.reason


def test_a_recipe_known_only_by_its_change() -> None:
    found = verdict(claim("recipe", recipe=Recipe(changed="heads", change="by hand")), counted("heads", 5))
    assert found.ruling is Ruling.RUNS_AFTER_CHANGE


@pytest.mark.parametrize(
    ("quotations", "recipe", "ruling"),
    [
        ((AGAINST,), None, Ruling.CANNOT_RUN),
        ((AGAINST, FOR), SIX, Ruling.RUNS_AFTER_CHANGE),
        ((FOR,), None, Ruling.ATTESTED),
        ((FOR,), Recipe("layers"), Ruling.NOT_MEASURED),
    ],
)
def test_recipes_with_quotations(quotations: tuple[Quotation, ...], recipe: Recipe | None, ruling: Ruling) -> None:
    found = verdict(claim("recipe", recipe=recipe, quotations=quotations), counted("heads", 5))
    assert found.ruling is ruling


@pytest.mark.parametrize(
    ("quotations", "ruling"),
    [((FOR,), Ruling.ATTESTED), ((FOR, AGAINST), Ruling.CONTRADICTED), ((), Ruling.NOT_MEASURED)],
)
def test_facts_by_quotation(quotations: tuple[Quotation, ...], ruling: Ruling) -> None:
    found = verdict(claim("fact", quotations=quotations))
    assert found.ruling is ruling
    if ruling is Ruling.CONTRADICTED:
        assert "facebookresearch/detr at 29901c51d7fe, main.py line 35: “--backbone”" in found.reason


def test_a_quotation_without_a_line() -> None:
    word = Quotation("the document", "2026-01-11", "the text", 0, "全面测试", supports=True)
    assert "line" not in verdict(claim("fact", quotations=(word,))).reason
