"""Names may be forgiven, shapes may not."""

import copy
from dataclasses import replace

import pytest
from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.probes.loading import PROBE
from benchbench.errors import BenchbenchError
from benchbench.types import Condition


def measured(subject: Subject) -> tuple[dict[str, float], list[str]]:
    uncut = copy.deepcopy(subject.model)
    return told(replace(subject, uncut=lambda: uncut))


def told(subject: Subject) -> tuple[dict[str, float], list[str]]:
    measurements, notes = PROBE.measure(subject, {}, Condition())
    return {each.metric: each.samples[0] for each in measurements}, notes


def test_the_unchanged_model_loads(subject: Subject) -> None:
    found, notes = measured(subject)

    assert found == {
        "keys_missing": 0,
        "keys_unexpected": 0,
        "keys_misshapen": 0,
        "loads_strict": 1,
        "loads_relaxed": 1,
    }
    assert set(found) == {metric.name for metric in PROBE.metrics}
    assert notes == []


def test_layers_that_are_gone_leave_names_over_and_no_shape(subject: Subject) -> None:
    uncut = copy.deepcopy(subject.model)
    whole = len(uncut.state_dict())
    del subject.anatomy.stack("encoder").holder[-1]
    found, notes = told(replace(subject, uncut=lambda: uncut))

    assert found["keys_unexpected"] == whole - len(subject.model.state_dict()) > 0
    assert found["keys_misshapen"] == found["keys_missing"] == 0
    assert (found["loads_strict"], found["loads_relaxed"]) == (0, 1)
    assert len(notes) == 1
    assert notes[0].startswith("as it is: ")
    assert "Unexpected key" in notes[0]


def test_a_shape_is_never_forgiven(subject: Subject) -> None:
    uncut = copy.deepcopy(subject.model)
    owner = subject.model.get_submodule("model.encoder.layers.0.self_attn")
    owner.q_proj = nn.Linear(16, 12)
    found, notes = told(replace(subject, uncut=lambda: uncut))

    assert found["keys_misshapen"] == 2
    assert (found["loads_strict"], found["loads_relaxed"]) == (0, 0)
    assert "strict=False" in notes[1]
    assert "size mismatch" in notes[1]


def test_the_model_keeps_its_weights(subject: Subject) -> None:
    before = {name: tensor.clone() for name, tensor in subject.model.state_dict().items()}
    other = copy.deepcopy(subject.model)
    for parameter in other.parameters():
        parameter.data.zero_()
    told(replace(subject, uncut=lambda: other))

    assert all(tensor.equal(before[name]) for name, tensor in subject.model.state_dict().items())


def test_without_the_unchanged_model_nothing_is_told(subject: Subject) -> None:
    with pytest.raises(BenchbenchError, match="cannot be built beside"):
        told(subject)
