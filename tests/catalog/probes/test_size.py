"""Sizes against counts by hand and against a file written by somebody else."""

from pathlib import Path

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Subject, Weights
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.probes.size import PROBE, written
from benchbench.types import Condition


def measured(subject: Subject, inputs: Inputs | None = None) -> dict[str, float]:
    measurements, _ = PROBE.measure(subject, inputs or {}, Condition())
    return {each.metric: each.samples[0] for each in measurements}


def test_every_metric_is_measured(subject: Subject) -> None:
    assert set(measured(subject)) == {metric.name for metric in PROBE.metrics}


def test_frozen_parameters_count_and_the_paper_leaves_out_stem_and_first_stage(subject: Subject) -> None:
    found = measured(subject)
    stem_and_stage = 8 * 3 * 49 + (4 * 8 + 4 * 4 * 9 + 16 * 4 + 16 * 8)

    assert found["params"] == sum(tensor.numel() for tensor in subject.model.parameters())
    assert found["params"] - found["params_paper"] == stem_and_stage


def test_zeros_are_seen(subject: Subject) -> None:
    before = measured(subject)
    weight = subject.model.get_parameter("bbox_predictor.layers.0.weight")
    with torch.no_grad():
        weight.zero_()
    after = measured(subject)

    assert before["params_nonzero"] - after["params_nonzero"] == weight.numel()
    assert before["params"] == after["params"]


def test_tied_tensors_are_written_once() -> None:
    tied = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64))
    alone, _ = written(tied)
    tied[1].weight = tied[0].weight
    together, dtypes = written(tied)

    assert alone - together == pytest.approx(64 * 64 * 4, abs=128)
    assert dtypes == ["float32"]


def test_the_official_size_of_the_file(tmp_path: Path) -> None:
    """The original's 159Mb is a .pth in MiB with the frozen norms' buffers; ours differs by the headers alone."""
    model = FAMILY.build(Weights("random", "random"), seed=0)
    size, _ = written(model)
    torch.save({"model": model.state_dict()}, tmp_path / "detr.pth")
    content = 4 * (41_524_768 + 4 * 26_560)

    assert round((tmp_path / "detr.pth").stat().st_size / 2**20) == round(size / 2**20) == 159
    assert 0 < size - content < 2**17
