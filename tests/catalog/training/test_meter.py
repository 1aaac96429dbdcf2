"""The peak is that since the meter began, with what earlier parts of a training reached."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchbench.catalog import memory
from benchbench.catalog.training.meter import Meter

CPU = torch.device("cpu")
LARGE = 64 * 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="the mark of the peak is Linux's")
def test_the_peak_is_the_rise_since_the_beginning_whatever_was_before() -> None:
    held = np.ones(2 * LARGE, np.uint8)
    del held
    kept = np.ones(LARGE, np.uint8)
    own = Meter(CPU)
    risen = np.ones(LARGE, np.uint8)
    del risen
    assert own.marked
    assert 55 < own.peak_mib < 75
    assert kept.sum() == LARGE


def test_without_a_mark_samples_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PROCESS", Path("/nonexistent"))
    own = Meter(CPU)
    assert not own.marked
    held = np.ones(LARGE, np.uint8)
    own.look()
    del held
    seen = own.peak_mib
    assert seen > 50


def test_earlier_parts_count() -> None:
    own = Meter(CPU, (100.0, 1e6))
    assert own.peak_mib == 1e6
    assert 100.0 < own.seconds < 200.0
