"""A good suite becomes the nouns it declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.declare import load
from benchbench.errors import BenchbenchError
from benchbench.types import (
    Budget,
    Comparison,
    Condition,
    Place,
    ProbeUse,
    Range,
    Recipe,
    TableCell,
    Use,
    Variant,
)
from tests.declare.conftest import GOOD, VOCABULARY, Files

ENCODER = Use("drop-layers", {"stack": "encoder", "count": 4})
DECODER = Use("drop-layers", {"stack": "decoder", "count": 3, "keep": [0, 2, 4]})


def test_head_and_defaults(files: Files) -> None:
    suite = files.load()
    assert (suite.name, suite.title, suite.family, suite.reference) == ("small", "A small suite", "detr", "base")
    assert suite.path == str(files.path)
    assert (suite.budget, suite.seed) == (Budget(), 0)


def test_budget_and_seed(files: Files) -> None:
    suite = files.load("seed: 7\nbudget: {seconds: 1e2, min-rounds: 3, half-width: 0.5}\n" + GOOD)
    assert (suite.budget, suite.seed) == (Budget(100.0, 3, 0.5), 7)


def test_the_document_is_kept_to_the_letter(files: Files) -> None:
    document = files.load().document
    assert (document.title, document.date) == ("A document", "2026-01-11")
    (table,) = document.tables
    assert table.columns == ("策略", "参数减少量")
    assert table.rows == ((TableCell("剪枝"), TableCell("22%", "C.1")), (TableCell("none"), TableCell("42.0")))


def test_scales(files: Files) -> None:
    full, tiny = files.load().scales
    assert (full.name, full.title, full.family, full.checkpoint) == ("full", "full", "detr", "random")
    assert full.dataset == Use("coco", {"split": "val2017", "count": 5000})
    assert (full.timing, full.calibration) == ((800, 1066), None)
    assert tiny.dataset == Use("shapes")


def test_tuples_and_paths_are_kept_as_json_holds_them(files: Files) -> None:
    text = GOOD.replace("dataset: shapes", "dataset: {shapes: {size: [64, 96]}}\n    calibration: {coco: {root: data}}")
    tiny = files.load(text).scales[1]
    assert tiny.dataset.settings == {"size": [64, 96]}
    assert tiny.calibration == Use("coco", {"root": "data"})


def test_a_variant_inherits_steps_and_architecture(files: Files) -> None:
    base, layers, combined, r18 = files.load().variants
    assert base == Variant("base", "DETR")
    assert layers == Variant("layers", "layers", (ENCODER, DECODER))
    steps = (ENCODER, DECODER, Use("prune-heads", {"keep": 0.75}))
    assert combined == Variant("combined", "combined", steps, {"encoder_layers": 6}, parent="layers")
    assert r18 == Variant("r18", "r18", (), {"backbone": "resnet-18"}, ("full",))


def test_a_grandchild_inherits_through_its_parent_in_any_order(files: Files) -> None:
    child = (
        "  last: {from: middle, architecture: {heads: 4}}\n  middle: {from: r18, architecture: {encoder-layers: 3}}\n"
    )
    last = files.load(GOOD.replace("attempts:\n", f"{child}attempts:\n")).variants[-2]
    assert last.name == "last"
    assert last.architecture == {"backbone": "resnet-18", "encoder_layers": 3, "heads": 4}
    assert last.scales == ("full",)


def test_a_chain_of_a_thousand_ancestors_is_no_trouble(files: Files) -> None:
    chain = "".join(f"  v{index}: {{from: v{index + 1}}}\n" for index in range(1000)) + "  v1000: {}\n"
    suite = files.load(GOOD.replace("attempts:\n", f"{chain}attempts:\n"))
    assert {variant.name for variant in suite.variants} >= {"v0", "v1000"}


def test_an_attempt_may_come_from_a_variant(files: Files) -> None:
    (attempt,) = files.load(GOOD.replace("nhead-6: {", "nhead-6: {from: layers, ")).attempts
    assert attempt == Variant("nhead-6", "nhead-6", (ENCODER, DECODER), {"heads": 6}, parent="layers")


def test_probes(files: Files) -> None:
    assert files.load().probes == (
        ProbeUse("size"),
        ProbeUse("latency", condition=Condition(batch=2), scales=("full",), variants=("base", "layers")),
        ProbeUse("size", {"paper": True}),
    )


def test_readings_take_what_they_do_not_say_from_their_claim(files: Files) -> None:
    claim = files.load().claims[0]
    assert (claim.id, claim.kind, claim.scale) == ("C.1", "change", "full")
    assert (claim.source.document, claim.source.words) == ("A document", "22%")
    total, paper = claim.readings
    assert (total.title, total.metric, total.form, total.variant, total.versus) == (
        "all of them", "params", "change", "layers", "base",
    )  # fmt: skip
    assert total.range == Range("-22%", -0.22, -0.225, -0.215)
    assert (paper.title, paper.metric) == ("paper", "params_paper")
    assert paper.range == Range("20%", 0.2, 0.195, 0.205)


def test_a_claim_without_readings_is_read_as_stated(files: Files) -> None:
    claim = files.load().claims[1]
    (reading,) = claim.readings
    assert (reading.name, reading.metric, reading.range) == ("as stated", "latency_ms", None)
    assert reading.comparisons == (Comparison("layers", "<", "base", 0.05),)
    assert claim.primary == "C.1"


def test_recipes(files: Files) -> None:
    claim = files.load().claims[2]
    assert claim.recipe == Recipe("nhead-6", "layers")
    assert claim.readings == ()


def test_facts_are_exact_and_quoted(files: Files) -> None:
    suite = files.load(
        GOOD + "  C.4: {kind: fact, title: six, scale: full, metric: layers_encoder, variant: base, value: 6}\n"
        "  C.5:\n    kind: fact\n    title: a flag\n    scale: full\n    quotations:\n"
        "      - {source: repo, commit: 1234567, path: main.py, line: 3, words: x, supports: false}\n"
    )
    (reading,) = suite.claims[3].readings
    assert (reading.form, reading.versus, reading.range) == ("number", "", Range("6", 6, 6, 6))
    (quotation,) = suite.claims[4].quotations
    assert (quotation.commit, quotation.line, quotation.supports) == ("1234567", 3, False)


def test_digits_of_an_unquoted_number_count(files: Files) -> None:
    suite = files.load(GOOD + "  C.4: {kind: number, title: t, scale: full, metric: AP, variant: base, value: 42.0}\n")
    assert suite.claims[3].readings[0].range == Range("42.0", 42.0, 41.95, 42.05)


def test_everything_knows_its_place(files: Files) -> None:
    suite = files.load()
    combined = suite.variants[2]
    lines = GOOD.splitlines()
    assert lines[combined.place.line - 1] == "  combined:"
    assert combined.steps[0].place == Place(
        str(files.path), lines.index("      - drop-layers: {stack: encoder, count: 4}") + 1, 9
    )
    assert lines[suite.claims[0].readings[1].place.line - 1].strip().startswith("paper:")


def test_loading_twice_gives_equals(files: Files) -> None:
    assert files.load() == files.load()


def test_a_byte_order_mark_is_no_trouble(files: Files) -> None:
    assert files.load("\ufeff" + GOOD).name == "small"


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BenchbenchError, match="cannot read"):
        load(tmp_path / name, VOCABULARY)
