"""`score RECORD` on what real runs left, for every scored probe: the numbers of the run again, without its model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.datasets.test_da2k import da2k
from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.integration, pytest.mark.slow]

HEAD = """
suite: {name}
title: {name}
family: {family}
reference: base
document: {{title: none}}
variants:
  base: {{title: unchanged}}
  cut: {{title: less, steps: [{step}]}}
scales:
  stand-in: {{title: small, checkpoint: {checkpoint}, dataset: {{{data}}}, {input}}}
probes:
  - {probe}
"""
LAYERS = "drop-layers: {stack: encoder, count: 10, keep: first}"
SUITES: dict[str, dict[str, str]] = {
    "coco-ap": {
        "family": "detr",
        "checkpoint": "stand-in",
        "data": "shapes: {seed: 1, count: 6}",
        "input": "input: {shorter: 96, longer: 96}, timing: [96, 96]",
        "step": "prune-heads: {count: 4, score: l1}",
    },
    "depth-error": {
        "family": "depth-anything",
        "checkpoint": "stand-in",
        "data": "rooms: {seed: 1, count: 5}",
        "input": "input: {shorter: 98}, timing: [98, 98]",
        "step": LAYERS,
        "probe": "depth-error: {settings: {protocol: issue-157, cap: 20, clamp: cap}, condition: {batch: 2}}",
    },
    "top1": {
        "family": "vit",
        "checkpoint": "stand-in/b",
        "data": "glyphs: {seed: 1, count: 40}",
        "input": "input: {side: 48, resizer: bicubic, antialias: true}, timing: [48, 48]",
        "step": LAYERS,
    },
    "pair-accuracy": {
        "family": "depth-anything",
        "checkpoint": "stand-in",
        "data": "da2k: {count: 2, root: da2k}",
        "input": "input: {shorter: 98}, timing: [98, 98]",
        "step": LAYERS,
    },
}


def measured(place: Place, probe: str) -> Place:
    """Both variants measured by this probe. Afterwards torch cannot be imported there."""
    da2k(place.folder / "da2k")
    parts = {"probe": f"{probe}: {{condition: {{batch: 2}}}}", "name": probe, **SUITES[probe]}
    (place.folder / "tiny.yaml").write_text(HEAD.format(**parts), encoding="utf-8")
    ended = place.run("run", "tiny.yaml")
    assert ended.returncode == 0, ended.stderr
    (place.folder / "without" / "torch").mkdir(parents=True)
    (place.folder / "without" / "torch" / "__init__.py").write_text("raise ImportError('no torch here')")
    return replace(place, environment={**place.environment, "PYTHONPATH": str(place.folder / "without")})


def answered(place: Place, *words: str) -> dict[str, Any]:
    ended = place.run("score", *words, "--json")
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def record_of(place: Place, variant: str) -> tuple[Path, dict[str, Any]]:
    [path] = [path for path in place.records() if path.name.startswith(f"{variant}-")]
    return path, json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("probe", list(SUITES))
def test_the_numbers_of_the_run_again(place: Place, probe: str) -> None:
    bare = measured(place, probe)
    path, record = record_of(place, "cut")
    recorded = {each["metric"]: each for each in record["outcome"]["measurements"]}
    named = answered(bare, "cut@stand-in", "--probe", probe)
    assert named["record"] == record["key"]
    assert named["metrics"] == named["recorded"] == {name: each["samples"][0] for name, each in recorded.items()}
    limits = {name: each["interval"] for name, each in recorded.items() if each["interval"]}
    assert named["intervals"] == limits
    assert named["notes"][-1] == "the same numbers as recorded"
    assert answered(bare, record["key"][:10]) == answered(bare, str(path)) == named
    base = answered(bare, "base@stand-in")["metrics"]
    differences = answered(bare, record["key"], "--against", "base@stand-in", "--resamples", "300")["differences"]
    for name, each in differences.items():
        assert each["value"] == pytest.approx(named["metrics"][name] - base[name], abs=1e-12)
        assert each["low"] <= each["value"] <= each["high"]
        assert 0 <= each["p"] <= 1
    if probe != "pair-accuracy":
        assert differences
        assert "difference to base@stand-in" in place.run("score", "cut@stand-in", "--against", "base@stand-in").stdout


def test_under_other_settings_than_the_run(place: Place) -> None:
    bare = measured(place, "depth-error")
    before = answered(bare, "cut@stand-in")
    pixel = answered(bare, "cut@stand-in", "--set", "average=pixel", "--against", "base@stand-in")
    assert pixel["metrics"]["RMSE"] != before["metrics"]["RMSE"]
    assert pixel["metrics"]["RMSE"] == pytest.approx(before["metrics"]["RMSE"], rel=0.5)
    assert pixel["notes"][-1].startswith("under other settings than the record's")
    assert "bootstrap" in pixel["differences"]["RMSE"]["test"]
    for setting, word in (("cap=10", "cap 10"), ("alignment=median", "alignment median"), ("protocol=metric", "space")):
        ended = bare.run("score", "cut@stand-in", "--set", setting)
        assert ended.returncode == 2
        assert f"rows of depth-error cannot tell {word}" in ended.stderr
    assert answered(bare, "cut@stand-in", "--set", "cap=20")["metrics"] == before["metrics"]


def test_by_another_evaluator(place: Place) -> None:
    bare = measured(place, "coco-ap")
    found, again = (answered(bare, "cut@stand-in", *more) for more in ((), ("--evaluator", "pycocotools")))
    assert found["metrics"] == again["metrics"]
    assert again["evaluator"] == "pycocotools"
    assert not place.run("score", "cut@stand-in", "--resamples", "0", "--json").stdout.count('"AP": [')


def test_what_has_no_rows(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    for words, what in (
        (("base@stand-in",), "'size' is not scored on predictions"),
        (("base@elsewhere",), "no record 'base@elsewhere'"),
        (("base@stand-in", "--probe", "top1"), "no record 'base@stand-in' of top1"),
    ):
        ended = place.run("score", *words)
        assert ended.returncode == 2
        assert what in ended.stderr.replace("\n", " ")
