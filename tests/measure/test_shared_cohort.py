"""Scored cohorts of the shipped suites, through the engine, with and without shared prefixes."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchbench.flow import Request, plan
from benchbench.measure import scored, timed
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.build import Workshop
from benchbench.measure.job import SHIPPED, Job, Work
from benchbench.measure.prefixes import Prefixes
from benchbench.measure.remembered import Block
from benchbench.measure.shelves import CATALOG
from benchbench.measure.voice import Voice
from benchbench.types import Budget, Cohort

Found = dict[tuple[str, int], dict[str, Any]]
"""Results by variant and seed."""
IMAGES = 5
SUITES = {
    "detr": (
        "coco-ap",
        ("base", "layers", "heads", "channels-inner", "channels-backbone", "combined-inner", "depth-3-every-other"),
    ),
    "depth_anything_v2": (
        "depth-error",
        (
            *("base", "layers-8-first", "layers-6-first", "layers-4-first", "layers-6-every-other", "heads-0.5"),
            *("dpt-0.5", "control", "layers-4-finetuned", "quantised-dynamic"),
        ),
    ),
    "vit": ("top1", ("b16", "small", "layers-8-first", "layers-4-first", "heads-0.5", "int8-dynamic", "student-truth")),
    "dinov2_finetune": ("depth-error", ("full", "frozen-encoder", "last-k", "head-only")),
}


@pytest.fixture
def voice(tmp_path: Path) -> Iterator[Voice]:
    torch.set_num_threads(1)
    out, turn = (os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("said", "turn"))
    yield Voice(out, turn)
    os.close(out)
    os.close(turn)


def cohort(suite: str, *names: str, probe: str = "") -> Cohort:
    """A cohort of the stand-in, on a few images of its data."""
    usual, wanted = SUITES[suite]
    found = next(
        each for each in plan(Request(suite, fresh=True)).cohorts if each.label == f"stand-in / {probe or usual}"
    )
    data = replace(found.scale.dataset, settings={**found.scale.dataset.settings, "count": IMAGES})
    scale = replace(found.scale, dataset=data)
    use = replace(found.probe, condition=replace(found.probe.condition, batch=2, threads=1))
    trials = [replace(trial, scale=scale, probe=use) for trial in found.trials]
    chosen = tuple(trial for trial in trials if trial.variant.name in (names or wanted))
    return replace(found, scale=scale, probe=use, trials=chosen)


def opened(asked: Cohort, folder: Path, workshop: Workshop) -> None:
    workshop.open(asked, folder / "cuts", Artifacts(folder / "artifacts", SHIPPED))


def run(asked: Cohort, folder: Path, workshop: Workshop, voice: Voice, name: str, *only: int) -> Found:
    """What is said of each variant, with the bytes of its rows and predictions."""
    journal = folder / name
    journal.mkdir(exist_ok=True)
    begin = len(said(folder))
    opened(asked, folder, workshop)
    scored.measure_scored(Job(asked, Work(journal, "run", Budget(), 1, 5), only or everybody(asked)), workshop, voice)
    results = [message for message in said(folder)[begin:] if message["say"] == "result"]
    for each in results:
        files = each.pop("attachments")
        each["files"] = {kind: Path(path).read_bytes() for kind, path in files.items()}
    trials = {each["trial"]: asked.trials[each["trial"]] for each in results}
    return {(trials[each["trial"]].variant.name, trials[each["trial"]].seed): each for each in results}


def everybody(asked: Cohort) -> tuple[int, ...]:
    return tuple(range(len(asked.trials)))


def said(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "said").read_text().splitlines()]


def measured(found: Found) -> None:
    """A cohort that failed would be the same with and without anything."""
    assert found
    for result in found.values():
        assert "measurements" in result["outcome"], result["outcome"]
        assert result["files"]["rows.npz"]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Prefixes]:
    """What is shared from now on, each time it is looked for."""
    made: list[Prefixes] = []

    def kept(*given: Any) -> Prefixes:
        made.append(Prefixes(*given))
        return made[-1]

    monkeypatch.setattr(scored, "Prefixes", kept)
    return made


def hits(blocks: list[Block]) -> int:
    return sum(block.hits for block in blocks)


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_rows_and_predictions_are_those_of_separate_runs(
    suite: str, tmp_path: Path, voice: Voice, watched: list[Prefixes], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop, asked = Workshop(CATALOG), cohort(suite)
    shared = run(asked, tmp_path, workshop, voice, "shared")
    measured(shared)
    assert hits(watched[-1].blocks) > len(asked.trials)
    assert any("with common prefixes" in each.get("text", "") for each in said(tmp_path))
    monkeypatch.setattr(scored, "Prefixes", lambda *_: Prefixes({}, 0))
    assert run(asked, tmp_path, workshop, voice, "alone") == shared


def test_half_done_journals_go_on_bit_for_bit(tmp_path: Path, voice: Voice, watched: list[Prefixes]) -> None:
    workshop, asked = Workshop(CATALOG), cohort("detr", "base", "layers", "heads-l1", "channels-inner")
    whole = run(asked, tmp_path, workshop, voice, "whole")
    measured(whole)
    run(asked, tmp_path, workshop, voice, "half", 0, 2)
    assert run(asked, tmp_path, workshop, voice, "half") == whole
    assert hits(watched[-1].blocks) > 0


def test_an_arm_that_fails_midway_fails_alone(tmp_path: Path, voice: Voice) -> None:
    workshop, asked = Workshop(CATALOG), cohort("detr", "base", "layers", "heads-l1", "channels-inner")
    whole = run(asked, tmp_path, workshop, voice, "whole")
    broken = workshop.build(asked.trials[1]).subject.model
    calls = iter([None])
    handle = broken.get_submodule("model.decoder.layers.1").register_forward_pre_hook(lambda *_: next(calls))
    found = run(asked, tmp_path, workshop, voice, "broken")
    handle.remove()
    assert "StopIteration" in found["layers", 0]["outcome"]["log"]
    del found["layers", 0], whole["layers", 0]
    assert found == whole
    assert run(asked, tmp_path, workshop, voice, "broken")["layers", 0]["outcome"].keys() >= {"measurements"}


def test_a_timed_cohort_in_the_same_worker_computes_everything(
    tmp_path: Path, voice: Voice, watched: list[Prefixes]
) -> None:
    workshop, names = Workshop(CATALOG), ("b16", "layers-8-first")
    asked = cohort("vit", *names)
    measured(run(asked, tmp_path, workshop, voice, "scored"))
    assert hits(watched[-1].blocks) > 0
    clocked = cohort("vit", *names, probe="latency")
    opened(clocked, tmp_path, workshop)
    models = [workshop.build(trial).subject.model for trial in clocked.trials]
    assert not any("forward" in vars(module) for model in models for module in model.modules())
    calls = {"whole": 0, "first layer": 0}

    def count(what: str, module: nn.Module) -> None:
        def counted(*_: object) -> None:
            calls[what] += 1

        module.register_forward_hook(counted)

    for model in models:
        count("whole", model)
        count("first layer", model.get_submodule("vit.layers.0.attention.q_proj"))
    journal = tmp_path / "timed"
    journal.mkdir()
    job = Job(clocked, Work(journal, "run", Budget(0.0, 3, 0.5), 1), everybody(clocked))
    timed.measure_timed(job, workshop, voice)
    assert calls["whole"] >= 2 * 3
    assert calls["first layer"] == calls["whole"]
