"""Trainings from the command line: left out, made, used again, failed, taken away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import save_file

from benchbench.catalog.training.checkpoint import digest
from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration

SUITE = """
suite: trained
title: A small suite that trains
family: detr
reference: base
seeds: [0, 1]
scales:
  stand-in:
    checkpoint: stand-in
    dataset: {shapes: {seed: 1, count: 6}}
    training: {shapes: {seed: 5, count: 8}}
    input: {shorter: 96, longer: 96}
    timing: [96, 96]
variants:
  base: {title: stand-in DETR}
  tuned:
    steps:
      - drop-layers: {stack: encoder, count: 4, keep: first}
      - finetune: {steps: 2, batch: 4, rate: RATE}
probes:
  - coco-ap: {condition: {batch: 2}}
claims:
  worse:
    kind: ordering
    title: a cut costs accuracy
    scale: any
    metric: AP
    order: ["tuned < base"]
    conditions: {recovery: fine-tuned}
"""


@pytest.fixture
def suite(place: Place) -> Place:
    return declared(place, "0.00001")


def declared(place: Place, rate: str) -> Place:
    (place.folder / "trained.yaml").write_text(SUITE.replace("RATE", rate), encoding="utf-8")
    return place


def planned(place: Place) -> list[dict[str, Any]]:
    ended = place.run("plan", "trained.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    trials: list[dict[str, Any]] = json.loads(ended.stdout)["trials"]
    return trials


def removed(place: Place, *words: str) -> list[dict[str, Any]]:
    ended = place.run("gc", "--json", *words)
    assert ended.returncode == 0, ended.stderr
    found: list[dict[str, Any]] = [
        each for each in json.loads(ended.stdout)["removed"] if each["kind"] != "prepared images"
    ]
    return found


def test_from_a_plan_to_a_verdict(suite: Place) -> None:
    assert {trial["standing"] for trial in planned(suite) if trial["variant"] == "tuned"} == {"skipped"}
    first = suite.run("run", "trained.yaml")
    assert first.returncode == 0, first.stderr
    assert "skipped 1: its recovered weights have not been trained here" in first.stderr
    assert "benchbench run trained.yaml --recover (2 trainings, about" in first.stderr

    trained = suite.run("run", "trained.yaml", "--recover", "--json")
    assert trained.returncode == 0, trained.stderr
    assert "trained: 2 trainings, about" in trained.stderr
    [verdict] = json.loads(trained.stdout)["verdicts"]
    assert verdict["ruling"] != "not measured"

    trials = planned(suite)
    assert {trial["standing"] for trial in trials} == {"recorded"}
    assert [(trial["variant"], trial["seed"]) for trial in trials] == [("base", 0), ("tuned", 0), ("tuned", 1)]
    assert len({trial["key"] for trial in trials}) == 3

    again = suite.run("run", "trained.yaml", "--recover")
    assert "3 trials, 0 to measure" in again.stderr
    assert "training" not in again.stderr

    assert removed(suite) == []
    assert len(removed(suite, "--all", "--dry-run")) == len(removed(suite, "--all")) == 4
    report = suite.run("report", "trained.yaml", "--format", "csv")
    assert "95 % t interval over 2 trainings" in report.stdout or "tuned" in report.stdout


def test_a_training_that_fails_costs_its_own_trials_alone(place: Place) -> None:
    ended = declared(place, "1.0e+30").run("run", "trained.yaml", "--recover", "--json")
    assert ended.returncode == 3, ended.stderr
    failed = json.loads(ended.stdout)["failed"]
    assert [each["trial"] for each in failed] == [
        "stand-in / coco-ap / tuned",
        "stand-in / coco-ap / tuned (seed 1)",
    ]
    assert "nan" in failed[0]["error"]
    standing = {(trial["variant"], trial["seed"]): trial["standing"] for trial in planned(place)}
    assert standing == {("base", 0): "recorded", ("tuned", 0): "skipped", ("tuned", 1): "skipped"}
    assert "nan" in place.run("report", "trained.yaml", "--format", "markdown").stdout


def test_weights_that_cannot_be_kept_are_not_trained_again(suite: Place) -> None:
    """The disk takes checkpoints and no weights: what was trained stays in the last checkpoint."""
    artifacts = suite.folder / "records" / "artifacts"
    artifacts.mkdir(parents=True)
    (artifacts / "weights").write_text("in the way", encoding="utf-8")
    ended = suite.run("run", "trained.yaml", "--recover", "--json")
    assert ended.returncode == 3, ended.stderr
    errors = [each["error"] for each in json.loads(ended.stdout)["failed"]]
    assert len(errors) == 2
    assert all("cannot write" in error and "goes on from its last checkpoint" in error for error in errors), errors
    checkpoints = sorted(artifacts.glob("training/*/*-000000002.safetensors"))
    assert len(checkpoints) == 2
    assert any(trial["variant"] == "base" and trial["standing"] == "recorded" for trial in planned(suite))

    (artifacts / "weights").unlink()
    for path in checkpoints:
        aged(path, seconds=1e6)
    again = suite.run("run", "trained.yaml", "--recover")
    assert again.returncode == 0, again.stderr
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in artifacts.glob("cards/*.json")]
    assert [card["course"]["seconds"] // 1e6 for card in cards] == [1, 1], "gone on from the marked checkpoints"
    assert {trial["standing"] for trial in planned(suite)} == {"recorded"}


def aged(checkpoint: Path, seconds: float) -> None:
    """The same checkpoint, whose account tells that it took so much longer."""
    with safe_open(checkpoint, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        account = json.loads(file.metadata()["benchbench"])
    told = json.dumps({**account, "seconds": account["seconds"] + seconds})
    save_file(tensors, checkpoint, {"benchbench": told, "sha256": digest(tensors, told)})
