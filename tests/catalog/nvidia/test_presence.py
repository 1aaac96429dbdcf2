"""Which devices a process would see, and what PyTorch was built for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchbench.catalog.nvidia import Gpu, others, own, presence, slowed_by
from benchbench.catalog.nvidia.device import Process
from benchbench.catalog.nvidia.nvml import Nvml
from benchbench.catalog.nvidia.presence import build, panel, read_build, visible

GPUS = tuple(Gpu(f"GPU-{letter}{index}", f"Card {index}", 1024, "555.42") for index, letter in enumerate("abc"))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, (0, 1, 2)),
        ("", ()),
        ("-1", ()),
        ("2", (2,)),
        ("2,0", (2, 0)),
        ("0, 1", (0, 1)),
        ("0,7,1", (0,)),
        ("0,-1,1", (0,)),
        ("1,1", (1,)),
        ("GPU-b", (1,)),
        ("GPU-", ()),
        ("GPU-c2,GPU-a0", (2, 0)),
        ("MIG-1", ()),
        ("²", ()),
    ],
)
def test_cuda_visible_devices(chosen: str | None, expected: tuple[int, ...]) -> None:
    environment = {} if chosen is None else {presence.VISIBLE: chosen}
    assert visible(GPUS, environment) == tuple(GPUS[index] for index in expected)


def test_a_slice_is_told_by_its_only_device() -> None:
    (found,) = visible(GPUS[:1], {presence.VISIBLE: "MIG-77"})
    assert (found.name, found.uuid) == ("Card 0 (MIG-77)", GPUS[0].uuid)


def test_without_a_driver_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def gone(_self: object) -> tuple[Gpu, ...]:
        raise OSError("gone")

    monkeypatch.setattr(Nvml, "gpus", gone)
    monkeypatch.setenv("PATH", str(tmp_path))
    panel.cache_clear()
    presence.at_hand.cache_clear()
    try:
        assert panel() is None
        assert presence.at_hand() == ()
    finally:
        panel.cache_clear()
        presence.at_hand.cache_clear()


def test_the_build_of_torch_is_what_torch_says_itself() -> None:
    assert build()["__version__"] == torch.__version__
    assert build()["cuda"] == torch.version.cuda


def test_a_file_of_versions_is_read_and_not_run() -> None:
    text = "from typing import Optional\ncuda: Optional[str] = '12.6'\nhip = None\nother = print('never')\na = b = 1\n"
    assert read_build(text) == {"cuda": "12.6", "hip": None}


def test_the_reasons_that_bend_a_measurement() -> None:
    assert slowed_by(0x1 | 0x2 | 0x100) == []
    assert slowed_by(0x4 | 0x40) == ["its power limit", "heat (hardware)"]


def test_this_process_among_others() -> None:
    listed = (Process(10, 300.0), Process(20, 500.0))
    assert own(listed, 20) == listed[1]
    assert own(listed, 1) is None
    assert own(listed[:1], 1) == listed[0], "a container knows it by another id"
    assert own((), 1) is None
    assert (others(listed), others(listed[:1]), others(())) == (1, 0, None)
