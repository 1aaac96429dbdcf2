"""A small DETR with input, for the cost probes."""

from typing import Any

import pytest

from benchbench.catalog.contracts import Inputs, Subject, Weights
from benchbench.catalog.families.detr import FAMILY

SMALL: dict[str, Any] = {
    "d_model": 16,
    "heads": 4,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "ffn": 24,
    "queries": 7,
    "num_labels": 5,
    "stem": 8,
    "widths": [16, 20, 24, 28],
    "depths": [1, 2, 1, 1],
}


@pytest.fixture
def subject() -> Subject:
    return Subject(FAMILY.build(Weights("random", "random"), seed=0, **SMALL), FAMILY)


@pytest.fixture
def inputs() -> Inputs:
    return FAMILY.example(2, 64, 96, 0)
