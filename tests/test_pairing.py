"""Pairs of rows: which are compared, by what, kept how; whatever is wrong with a file costs its own pairs alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from benchbench import flow
from benchbench.catalog.formulas.rows import Rows, gather, save
from benchbench.catalog.probes import PROBES, top1
from benchbench.kept_rows import KeptRows, ordered, rows_of
from benchbench.pairing import pairs
from benchbench.record import Store
from benchbench.report import frame
from benchbench.types import (
    Claim,
    Comparison,
    Condition,
    Difference,
    Document,
    Entry,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Reading,
    Record,
    Ruling,
    Scale,
    Source,
    Suite,
    Trial,
    Use,
    Variant,
)
from tests.coco_scenes import Shape, as_rows, random_scenes

SCALE = Scale("stand-in", "glyphs", "vit", "stand-in", Use("glyphs"))
USE = ProbeUse("top1", condition=Condition(threads=2))
NAMES = ("base", "small", "smaller")
DATA: Mapping[str, Json] = {"data_fingerprint": "d", "recovery": "none"}


def suite(*claims: Claim) -> Suite:
    variants = tuple(Variant(name, name) for name in NAMES)
    return Suite("s", "s", "s.yaml", "vit", "base", Document(), (SCALE,), variants, (USE,), claims=claims)


def right(seed: int, share: float = 0.7, count: int = 200, ids: Sequence[int] | None = None) -> Rows:
    """Rows of top1 in which a share of the images is right."""
    flags = np.random.default_rng(seed).random(count) < share
    empty = {name: np.array(0) for name in ("tied", "label", "predicted")}
    rows = [{"correct1": np.array(flag), "correct5": np.array(True), **empty} for flag in flags]
    return gather(range(count) if ids is None else ids, rows)


def kept(store: Store, variant: str, rows: Rows | bytes | None, use: ProbeUse = USE, **facts: Json) -> Entry:
    """The entry of a record that lies in the store with these rows beside it."""
    trial = Trial(Variant(variant, variant), SCALE, use)
    outcome = Measured((Measurement("top1", (0.7,)),))
    key = f"key-of-{variant}-{use.condition.runtime}"
    record = Record(key, trial, outcome, {}, {}, {**DATA, **facts}, "run", "2026-11-22", ("rows.npz",))
    source = store.folder.parent / "given.npz"
    if isinstance(rows, bytes):
        source.write_bytes(rows)
    elif rows is not None:
        save(rows, source)
    store.append(record, {"rows.npz": source} if rows is not None else {})
    return Entry(trial, outcome, record)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records")


def names_of(found: Mapping[tuple[str, str], object], entries: Sequence[Entry]) -> set[tuple[str, str]]:
    by_identity = {entry.trial.identity: entry.trial.variant.name for entry in entries}
    return {(by_identity[ours], by_identity[theirs]) for ours, theirs in found}


def test_every_variant_is_compared_with_the_reference(store: Store) -> None:
    rows = {name: right(number, 0.6 + 0.1 * number) for number, name in enumerate(NAMES)}
    entries = [kept(store, name, each) for name, each in rows.items()]
    found = pairs(suite(), entries, KeptRows(store))
    assert names_of(found, entries) == {("small", "base"), ("smaller", "base")}
    known = found[entries[2].trial.identity, entries[0].trial.identity]["top1"]
    ours, theirs = (rows[name].columns["correct1"] for name in ("smaller", "base"))
    gained, changed = int((ours & ~theirs).sum()), int((ours != theirs).sum())
    assert known.value == pytest.approx(ours.mean() - theirs.mean())
    assert known.p == pytest.approx(binomtest(gained, changed).pvalue)


def test_a_claim_names_further_pairs_once(store: Store) -> None:
    entries = [kept(store, name, right(number)) for number, name in enumerate(NAMES)]
    order = Reading(
        "r", "r", "top1", comparisons=(Comparison("smaller", "<", "small"), Comparison("base", ">", "small"))
    )
    change = Reading("r", "r", "top1", "difference", "small", "smaller")
    claims = [Claim("c", "ordering", "c", Source("d"), "stand-in", (each,)) for each in (order, change)]
    found = names_of(pairs(suite(*claims), entries, KeptRows(store)), entries)
    assert found == {("small", "base"), ("smaller", "base"), ("smaller", "small")}


def test_the_order_of_images_does_not_matter(tmp_path: Path) -> None:
    base, small = right(0), right(1)
    moved = [{name: column[at] for name, column in base.columns.items()} for at in base.ids[::-1]]
    found = []
    for name, rows in (("straight", base), ("turned", gather(base.ids[::-1].tolist(), moved))):
        store = Store(tmp_path / name)
        found.append(pairs(suite(), [kept(store, "base", rows), kept(store, "small", small)], KeptRows(store)))
    assert list(found[0].values()) == list(found[1].values())
    assert found[0]


def test_ragged_rows_are_put_in_order() -> None:
    parts = {7: [1.0, 2.0], 2: [], 5: [3.0]}
    rows = ordered(gather(list(parts), [{"scores": np.array(part)} for part in parts.values()]))
    assert rows.ids.tolist() == [2, 5, 7]
    assert rows.columns["scores"].tolist() == [3.0, 1.0, 2.0]
    assert rows.counts["scores"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"rows": None},
        {"rows": b"no zip"},
        {"rows": right(1, count=10)},
        {"rows": right(1, ids=range(1, 201))},
        {"rows": gather([1, 2], [{"other": np.ones(1)}] * 2)},
        {"rows": right(1), "data_fingerprint": "other data"},
        {"rows": right(1), "use": replace(USE, condition=Condition(threads=2, runtime="onnxruntime"))},
        {"rows": right(1), "use": replace(USE, name="size")},
    ],
)
def test_what_cannot_be_compared_costs_its_own_pair_alone(store: Store, spoilt: Mapping[str, object]) -> None:
    entries = [kept(store, "base", right(0)), kept(store, "small", **spoilt), kept(store, "smaller", right(2))]  # type: ignore[arg-type]
    assert names_of(pairs(suite(), entries, KeptRows(store)), entries) == {("smaller", "base")}


def test_rows_that_do_not_fit_together_are_refused() -> None:
    good = {"ids": np.arange(2), "column.a": np.zeros(3), "count.a": np.array([1, 2])}
    assert rows_of(good).counts["a"].tolist() == [1, 2]
    for name, bad in (("ids", np.zeros(2)), ("ids", np.array([1, 1])), ("count.a", np.array([1, 3])),
                      ("count.a", np.array([-1, 4])), ("column.a", np.array(3.0))):  # fmt: skip
        with pytest.raises(ValueError, match=r"ids|column a"):
            rows_of({**good, name: bad})


def test_several_trainings_are_not_compared_by_image(store: Store) -> None:
    base, taught = kept(store, "base", right(0)), kept(store, "small", right(1))
    seeds = Measured((Measurement("top1", (0.7, 0.71), {"seed": (0.0, 1.0)}),))
    assert pairs(suite(), [base, replace(taught, outcome=seeds)], KeptRows(store)) == {}
    assert pairs(suite(), [base, taught], KeptRows(store))


def test_a_difference_is_made_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [kept(store, name, right(number)) for number, name in enumerate(NAMES[:2])]
    first = pairs(suite(), entries, KeptRows(store))
    [summary] = store.folder.glob(".summaries/*.json")
    made: list[Rows] = []

    def again(rows: Rows, others: Rows) -> dict[str, Difference]:
        made.append(rows)
        return top1.paired(rows, others)

    monkeypatch.setattr("benchbench.kept_rows.PROBES", {"top1": replace(top1.PROBE, paired=again)})
    assert pairs(suite(), entries, KeptRows(store)) == first
    assert not made
    for rubbish in (
        "no json",
        "[]",
        '{"top1": [1, 2]}',
        '{"top1": [0, 1, -1, 0.5, "t"]}',
        '{"top1": [0, NaN, 1, 1, "t"]}',
        '{"top1": [0, -1, 1, 1, "t", [["another", 2]]]}',
        '{"top1": [0, -1, 1, 1, "t", [[3, 0.5]]]}',
        '{"top1": [0, -1, 1, 1, "t", 7]}',
    ):
        summary.write_text(rubbish, encoding="utf-8")
        assert pairs(suite(), entries, KeptRows(store)) == first
    assert len(made) == 8
    assert [type(each) for each in json.loads(summary.read_text(encoding="utf-8"))["top1"][:5]] == [float] * 4 + [str]


def test_a_formula_that_changed_makes_it_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version is no part of a record's key: what was measured stays measured."""
    entries = [kept(store, name, right(number)) for number, name in enumerate(NAMES[:2])]
    first = pairs(suite(), entries, KeptRows(store))
    changed = replace(top1.PROBE, derived=top1.PROBE.derived + 1, paired=lambda *_: {})
    monkeypatch.setattr("benchbench.kept_rows.PROBES", {"top1": changed})
    assert pairs(suite(), entries, KeptRows(store)) == {} != first
    assert len(list(store.folder.glob(".summaries/*.json"))) == 2


def test_other_rows_are_another_difference(store: Store) -> None:
    entries = [kept(store, name, right(number)) for number, name in enumerate(NAMES[:2])]
    first = pairs(suite(), entries, KeptRows(store))
    [path] = store.folder.glob("stand-in/top1/small-*.rows.npz")
    save(right(9), path)
    assert pairs(suite(), entries, KeptRows(store)) != first
    path.write_bytes(path.read_bytes()[:-40])
    assert pairs(suite(), entries, KeptRows(store)) == {}


SUITE = """
suite: small
title: A small suite
family: detr
reference: base
document: {title: A small document}
scales:
  stand-in:
    title: small DETR on generated shapes
    checkpoint: stand-in
    dataset: {shapes: {seed: 1, count: 6}}
    input: {shorter: 96, longer: 96}
    timing: [96, 96]
variants:
  base: {title: stand-in DETR}
  heads: {title: heads 8 to 4, steps: [prune-heads: {count: 4, score: l1}]}
probes:
  - coco-ap: {condition: {batch: 2}}
claims:
  X:
    kind: ordering
    title: fewer heads are worse
    source: {document: A small document, words: worse}
    scale: stand-in
    metric: AP
    order: ["heads < base"]
"""


def measured(entry: Entry, metric: str) -> float:
    assert isinstance(entry.outcome, Measured)
    return next(each.samples[0] for each in entry.outcome.measurements if each.metric == metric)


def test_flow_judges_and_reports_by_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two variants whose intervals overlap, of which one is worse image by image."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "small.yaml").write_text(SUITE, encoding="utf-8")
    request = flow.Request(str(tmp_path / "small.yaml"), records=tmp_path / "records")
    laid = flow.plan(request)
    scenes = random_scenes(3, Shape(images=60, objects=240, detections=700, ties=10**6))
    found = scenes.detections
    blurred = replace(found, boxes=found.boxes + 0.02 * np.pad(found.boxes[:, 2:], ((0, 0), (2, 0))))
    probe = PROBES["coco-ap"]
    for entry in laid.entries:
        rows = as_rows(scenes if entry.trial.variant.name == "base" else replace(scenes, detections=blurred))
        numbers, limits = probe.summarise(rows), probe.intervals(rows, 50, 0)  # type: ignore[union-attr]
        told = tuple(Measurement(metric, (value,), {}, limits.get(metric)) for metric, value in numbers.items())
        facts: dict[str, Json] = {"weights": "trained", "images": 60, **DATA}
        record = Record(laid.keys[entry.trial.identity], entry.trial, Measured(told), {}, {}, facts, "r", "2026-11-22")
        save(rows, tmp_path / "rows.npz")
        request.store.append(record, {"rows.npz": tmp_path / "rows.npz"})
    laid = flow.plan(request)
    told_apart, alone = (flow.account(laid, laid.entries, store=store) for store in (request.store, None))
    verdicts = [next(each for each in told.verdicts if each.claim.id == "X") for told in (told_apart, alone)]
    assert [each.ruling for each in verdicts] == [Ruling.REPRODUCED, Ruling.UNDECIDED]
    assert "paired bootstrap over images, 1000 draws" in verdicts[0].reason
    assert not alone.splits
    for entry in laid.entries:
        apart = {split.name: split for split in told_apart.splits[entry.trial.identity]}
        assert sum(value for _, value in apart["errors"].parts) > 0
        assert apart["errors"].whole == pytest.approx(measured(entry, "AP50"), abs=0.01)
        assert apart["classes"].whole == measured(entry, "AP")
    table = frame(told_apart)
    row = table[(table["variant"] == "heads") & (table["metric"] == "AP")].iloc[0]
    assert row["difference_high"] < 0
    assert row["p"] < 0.05
