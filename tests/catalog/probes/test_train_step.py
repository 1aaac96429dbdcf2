"""A timed step trains a copy by the variant's own strategy, wherever it is called from."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.train_step import PROBE
from benchbench.errors import CannotTrain
from benchbench.types import Condition
from tests.catalog.training.world import differing, student, weights


def entry(**settings: Any) -> dict[str, Any]:
    return {"step": "finetune", "settings": {"steps": 5, **settings}, "course": None}


def prepared(monkeypatch: pytest.MonkeyPatch, subject: Subject, inputs: Inputs) -> tuple[Callable[[], object], Any]:
    """The call, and the copy of the model that it trains."""
    copies = []

    def kept(model: Any) -> Any:
        copies.append(deepcopy(model))
        return copies[-1]

    monkeypatch.setattr("benchbench.catalog.training.single_step.deepcopy", kept)
    return PROBE.prepare(subject, inputs, Condition()), copies[0]


@pytest.mark.parametrize("inference", [False, True])
def test_a_detector_s_copy_is_trained_and_it_itself_is_not(
    inference: bool, monkeypatch: pytest.MonkeyPatch, subject: Subject, inputs: Inputs
) -> None:
    before = weights(subject)
    with torch.inference_mode(inference):
        call, copy = prepared(monkeypatch, subject, inputs)
        call()
        call()
    assert not differing(before, weights(subject))
    assert not subject.model.training
    after = {name: tensor.detach() for name, tensor in copy.state_dict().items()}
    changed = set(differing(before, after))
    assert {"class_labels_classifier.weight", "model.encoder.layers.0.mlp.fc1.weight"} <= changed
    assert not [name for name in changed if not subject.model.get_parameter(name).requires_grad]


@pytest.mark.parametrize(
    ("settings", "moving"),
    [
        ({"train": "frozen-encoder"}, ("neck.", "head.")),
        ({"train": "head-only"}, ("head.",)),
        ({"train": "last-k", "last": 1}, ("backbone.encoder.layer.3.", "neck.", "head.")),
    ],
)
def test_the_last_training_says_what_is_trained(
    settings: dict[str, Any], moving: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = student()
    tiny.surgery += [entry(), {"step": "drop-layers", "settings": {}}, entry(**settings)]
    call, copy = prepared(monkeypatch, tiny, tiny.family.example(2, 42, 42, 0))
    call()
    changed = differing(weights(tiny), {name: each.detach() for name, each in copy.state_dict().items()})
    assert all(any(name.startswith(prefix) for name in changed) for prefix in moving)
    assert all(name.startswith(moving) for name in changed)


def test_adapters_are_put_into_the_copy_alone() -> None:
    pytest.importorskip("peft")
    tiny = student()
    names = list(weights(tiny))
    tiny.surgery.append(entry(train="lora", rank=2))
    random = torch.get_rng_state()
    PROBE.prepare(tiny, tiny.family.example(2, 42, 42, 0), Condition())()
    assert list(weights(tiny)) == names
    assert torch.equal(random, torch.get_rng_state())


def test_a_strategy_that_does_not_fit_is_refused() -> None:
    tiny = student()
    tiny.surgery.append(entry(train="last-k", last=9))
    with pytest.raises(CannotTrain, match="9 layers"):
        PROBE.prepare(tiny, tiny.family.example(2, 42, 42, 0), Condition())


def test_seconds_are_read_as_milliseconds() -> None:
    assert PROBE.read(0.25, Condition(batch=8)) == 250.0
    assert PROBE.metrics[0].name == "train_step_ms"
