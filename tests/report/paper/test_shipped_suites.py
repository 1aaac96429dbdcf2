"""The shipped suites' tables on two-column pages: no warning, few floats, none too large for text beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError
from benchbench.report import paper
from tests.report.paper.shipped import SUITES, account
from tests.report.paper.typeset import NEEDS, apart, typeset

SENTENCE = "Models are pruned and measured beside their reference on the same machine. "
TEXT = "\n\n".join(SENTENCE * 8 for _ in range(14))
MOST_FLOATS = {"detr": 3, "vit": 5, "depth_anything_v2": 9}


@NEEDS
@pytest.mark.integration
@pytest.mark.parametrize("style", ["article", "cvpr"])
@pytest.mark.parametrize("suite", SUITES)
def test_wide_tables_fit_beside_text(suite: str, style: str, tmp_path: Path) -> None:
    tables = paper(account(suite))
    floats = tables.count(r"\begin{table*}")
    assert 1 <= floats <= MOST_FLOATS[suite]
    troubles, pages = typeset(tmp_path, f"{TEXT}\n{tables}\n{TEXT}", style)
    assert not troubles
    _, bare = typeset(tmp_path, TEXT + TEXT, style)
    assert pages - bare <= floats


@NEEDS
@pytest.mark.integration
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("suite", SUITES)
def test_every_float_fits_a_page(suite: str, columns: int, tmp_path: Path) -> None:
    found = account(suite)
    layouts = ("wide", "delta", "long", *(("document",) if found.suite.document.tables else ()))
    tables = [paper(found, layout, columns, everything=layout == "delta") for layout in layouts]
    assert not typeset(tmp_path, apart("\n".join(tables)))[0]


@pytest.mark.parametrize(("suite", "score"), [("detr", "AP"), ("depth_anything_v2", "AbsRel")])
def test_headline_metrics_come_first(suite: str, score: str) -> None:
    first = paper(account(suite)).split(r"\midrule")[0]
    heads = re.findall(r"\\bbhead\{(\w+)", first)
    assert heads[:4] == [score, "Params", "MACs", "Latency"]


@pytest.mark.parametrize("suite", ["detr", "vit"])
def test_drift_comes_after_scores_and_costs_and_says_what_it_is(suite: str) -> None:
    text = paper(account(suite), everything=True).replace(r"\bbcut{}", "")
    assert len(re.findall(r"[a-z]}\\,cosine to, difference to and agreement with the reference'{}s outputs", text)) > 0
    for part in text.split(r"\begin{tabular}")[1:]:
        heads = re.findall(r"\\bbhead\{(.*?)(?:\\textsuperscript|\} &|\} \\)", part)
        if any(re.match("Cosine|Largest|Agreement", head) for head in heads):
            first = next(place for place, head in enumerate(heads) if re.match("Cosine|Largest|Agreement", head))
            others = "AP|Top|Params|MACs|Latency|Throughput|Peak|File|Training|Best"
            assert not any(re.match(others, each) for each in heads[first:])


@pytest.mark.parametrize("columns", [1, 2])
def test_all_metrics_are_there_where_asked_for(columns: int) -> None:
    some, every = (paper(account("detr"), "wide", columns, everything=asked) for asked in (False, True))
    assert "Agreement" in every
    assert every.count(r"\begin{table") > some.count(r"\begin{table")
    assert "% for want of room not shown:" in some


def test_no_part_of_a_table_has_an_empty_column() -> None:
    for text in paper(account("detr")).split(r"\begin{tabular}{")[1:]:
        rows = [row.split(" & ") for row in re.findall(r"^([^%\n].*&.*) \\\\$", text, flags=re.MULTILINE)[1:]]
        for place in range(1, max(map(len, rows)), 2):
            assert any(re.search(r"\d|failed", row[place]) for row in rows if len(row) > place)


def test_a_document_shows_its_cells_with_ours_and_the_verdict() -> None:
    text = paper(account("detr"), "document").replace(r"\bbcut{}", "")
    assert re.search(r"reported & 22\\% & 30\\% & 1.2\\%", text)
    assert re.search(r"measured & .*\d", text)
    assert re.search(r"verdict & \\itshape \w+", text)
    assert "% D2.1.params" in text


@pytest.mark.parametrize("columns", [1, 2])
def test_a_document_that_spans_more_than_was_asked_for_says_so(columns: int) -> None:
    lines = paper(account("detr"), "document", columns).splitlines()
    told = [place for place, line in enumerate(lines) if line.startswith("% this table spans both columns")]
    spanning = [place for place, line in enumerate(lines) if line.startswith(r"\begin{table*}")]
    assert spanning
    assert told == ([place - 2 for place in spanning] if columns == 1 else [])


def test_a_document_without_tables_says_so() -> None:
    with pytest.raises(BenchbenchError, match="has no table"):
        paper(account("depth_anything_v2"), "document")


def test_a_float_tells_only_of_its_scale_and_small_ones_are_stacked() -> None:
    text = paper(account("vit"))
    for scale in account("vit").suite.scales:
        assert f"{{tab:vit-{scale.name}}}" in text
    assert text.count(r"\begin{table*}") < len(account("vit").suite.scales)
