"""Tables for papers, set by a real pdfLaTeX on a two-column page without a warning."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError, UnknownName
from benchbench.report import Account, paper
from benchbench.report.paper import LAYOUTS
from benchbench.types import Scale
from tests.report import accounts, depth_accounts
from tests.report.paper.typeset import NEEDS, apart, typeset

HOSTILE = r"\input{/etc/passwd}\write18{id}^^5cend $x_1^2 & # % ~ { } 模型优化 🚀 \csname end\endcsname <>|" "''``"


def hostile() -> Account:
    """Hostile strings in a scale's title and a variant's, in a note of a measurement and in a failure."""
    given = accounts.account()

    def spoilt(scale: Scale) -> Scale:
        return replace(scale, title=HOSTILE)

    variants = tuple(replace(each, title=HOSTILE + each.name) for each in given.suite.variants)
    scales = tuple(map(spoilt, given.suite.scales))
    return replace(given, suite=replace(given.suite, variants=variants, scales=scales))


GRIDS = ("delta", "long", "wide")
ACCOUNTS = {"detr": accounts.account, "depth": depth_accounts.account, "hostile": hostile}


@NEEDS
@pytest.mark.integration
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("layout", GRIDS)
@pytest.mark.parametrize("name", sorted(ACCOUNTS))
def test_it_compiles_without_a_warning(name: str, layout: str, columns: int, tmp_path: Path) -> None:
    text = paper(ACCOUNTS[name](), layout, columns)
    assert not typeset(tmp_path, apart(text))[0]


@pytest.mark.parametrize("layout", GRIDS)
def test_every_row_names_the_records_of_its_numbers(layout: str) -> None:
    text = paper(depth_accounts.account(), layout)
    rows = re.findall(r"^(% .*)\n(.*) \\\\$", text, flags=re.MULTILINE)
    assert len(rows) >= 12
    assert any("latency_ms=latency-layers-4-0" in comment and "layers 12" in row for comment, row in rows) or (
        layout == "long" and "% latency_ms=latency-layers-4-0\n" in text
    )


def test_caption_holds_the_signature() -> None:
    text = paper(depth_accounts.account())
    caption = next(line for line in text.splitlines() if line.startswith(r"\caption"))
    assert "torch 2.13.0" in caption


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_records_give_the_same_text_whenever_it_is_asked_for(layout: str) -> None:
    given = accounts.account()
    newest = max(entry.record.at for entry in given.entries if entry.record)
    text = paper(given, layout)
    assert text == paper(replace(given, at="2031-01-01T00:00:00+00:00"), layout)
    assert newest in text.replace(r"\bbcut{}", "").replace("{}", "")


@pytest.mark.parametrize("layout", GRIDS)
def test_stars_stand_on_the_line_of_their_number_before_its_interval(layout: str) -> None:
    text = paper(accounts.account(), layout)
    assert re.search(r"\\bbstars\{\*\*\*\}\\bbinterval", text)
    assert not re.search(r"\\textsuperscript\{[^}]*\*", text)
    assert not re.search(r"\\bbinterval\{[^&]*\\bbstars", text)


def test_failures_and_protocol_differences_become_footnotes() -> None:
    text = paper(accounts.account())
    assert "failed: out of memory" in text.replace(r"\bbcut{}", "")
    assert "measured where this differs: torch" in text.replace(r"\bbcut{}", "")


def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'wide'"):
        paper(accounts.account(), "wied")
    with pytest.raises(BenchbenchError, match="3 columns"):
        paper(accounts.account(), "wide", 3)
