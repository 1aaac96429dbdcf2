"""CSV that a spreadsheet may open."""

import io
from dataclasses import replace

import pandas as pd
import pytest

from benchbench.report import Account, frame, render
from benchbench.report.formats.csv import harmless
from benchbench.types import Variant
from tests.report.accounts import account


@pytest.fixture(scope="module")
def given() -> Account:
    return account()


def test_numbers_read_back_as_they_were(given: Account) -> None:
    read = pd.read_csv(io.StringIO(render(given, "csv")))
    made = frame(given)
    assert list(read.columns) == list(made.columns)
    for column in ("value", "low", "high", "change", "change_low", "change_high"):
        pd.testing.assert_series_equal(read[column], made[column].astype(float), check_exact=False)


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "\n=x"])
def test_text_that_looks_like_a_formula_is_led_by_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 3, None, True, "plain", ""])
def test_numbers_and_plain_text_stay(value: object) -> None:
    assert harmless(value) is value


def test_no_cell_of_the_file_starts_a_formula(given: Account) -> None:
    titled = tuple(replace(e, trial=replace(e.trial, variant=_named(e.trial.variant))) for e in given.entries)
    read = pd.read_csv(io.StringIO(render(replace(given, entries=titled), "csv")), dtype=str)
    texts = read[["title", "reason", "remedy", "scope", "unit"]].stack()
    assert not texts.str.match(r"[=+@\-]").any()
    assert (read["title"] == "'=HYPERLINK(1)").any()


def _named(variant: Variant) -> Variant:
    return replace(variant, title="=HYPERLINK(1)") if variant.name == "heads" else variant
