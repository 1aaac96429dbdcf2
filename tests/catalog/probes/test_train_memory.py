"""A model whose training memory is known: one weight of 32 MiB, its gradient, two moments, and what AdamW needs."""

import json
import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.train_memory import PROBE
from benchbench.catalog.training.single_step import borrowed_step
from benchbench.errors import BenchbenchError
from benchbench.types import Condition
from tests.catalog.training.world import differing, weights

SCRIPT = """
import json, sys
from typing import cast
import torch
from torch import nn
from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Subject
from benchbench.catalog.probes.train_memory import PROBE
from benchbench.types import Condition
from tests.catalog.training.world import Tiny

class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(2**11, 2**12)
        self.head = nn.Linear(2**12, 1)

    def forward(self, x):
        return (self.head(self.encoder(x)),)

class Family(Tiny):
    def anatomy(self, model):
        return Anatomy(stacks=(), encoder=("encoder.",))

torch.set_num_threads(1)
found = {}
inputs = {"x": torch.arange(4)}
strategy = sys.argv[1]
subject = Subject(Wide(), Family())
if strategy != "none":
    subject.surgery.append({"step": "finetune", "settings": {"steps": 3, "train": strategy}, "course": None})
measurements, notes = PROBE.measure(subject, inputs, Condition())
print(json.dumps({"peak": measurements[0].samples[0], "interval": measurements[0].interval, "notes": notes}))
"""


def measured(strategy: str) -> dict[str, object]:
    assert PROBE.environment
    environment = {**os.environ, **PROBE.environment, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT, strategy]
    return dict(json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout))


def test_full_training_holds_gradient_and_moments_and_a_frozen_encoder_none() -> None:
    full, frozen = (measured(each) for each in ("none", "frozen-encoder"))
    weight = 32.0
    peaks = [float(str(each["peak"])) for each in (full, frozen)]
    # A gradient and two moments, and a temporary of AdamW's that is as large as the weight.
    assert 4 * weight - 2 <= peaks[0] - peaks[1] <= 5 * weight + 2
    assert peaks[1] > 3 * weight, "what the process holds before the step counts"
    assert "train: frozen-encoder" in str(frozen["notes"])


@pytest.mark.parametrize("train", ["full", "lora"])
def test_the_model_is_left_as_it_was(train: str, subject: Subject, inputs: Inputs) -> None:
    pytest.importorskip("peft")
    subject.surgery.append({"step": "finetune", "settings": {"steps": 1, "train": train}, "course": None})
    subject.model.register_module("norm", nn.BatchNorm1d(3))
    before = weights(subject)
    flags = {name: each.requires_grad for name, each in subject.model.named_parameters()}
    with borrowed_step(subject, inputs) as call:
        call()
        assert subject.model.training
        subject.model.get_submodule("norm")(torch.randn(2, 3))
    assert not differing(before, weights(subject))
    assert {name: each.requires_grad for name, each in subject.model.named_parameters()} == flags
    assert not any(module.training for module in subject.model.modules())


def test_memory_of_another_device_is_not_this_probe_s(subject: Subject, inputs: Inputs) -> None:
    with pytest.raises(BenchbenchError, match="memory of 'mps'"):
        PROBE.measure(subject, inputs, Condition(device="mps"))
