"""Factories as users write them, of models that bring their process down; a suite that compares them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import torch
from torch import nn
from transformers import DetrForObjectDetection

from benchbench.catalog.checkpoints import STAND_INS
from tests.end_to_end.conftest import SUITE, Place
from tests.measure.straying import stray

PLACE = "BENCHBENCH_TEST_FALLEN"
"""The folder in which factories leave a line for each of their calls, and look whether they have been mended."""
ROOT = Path(__file__).parents[2]
NAMES = ("sound", "crashing", "hoarding", "hanging", "closing")


def sound() -> nn.Module:
    return _model("sound", lambda: None)


def crashing() -> nn.Module:
    """Starts a process, as a loader of data does, and is ended by a bad pointer at its second call."""
    return _model("crashing", _crash, after=1)


def hoarding() -> nn.Module:
    return _model("hoarding", lambda: torch.ones(2**36), after=1)


def hanging() -> nn.Module:
    """Starts a process and waits for ever in native code, from its second call on, until it is mended."""
    return _model("hanging", _hang, after=1)


def closing() -> nn.Module:
    """Ends its process before there is a model."""
    sys.exit(7)


def straying() -> nn.Module:
    """Starts what leaves its session and its family, and is sound."""
    return _model("straying", lambda: _bear("straying"))


def killed() -> nn.Module:
    """Starts such a process, too, and is ended as by the kernel."""
    return _model("killed", _be_killed)


def _model(name: str, misdeed: Callable[[], object], after: int = 0) -> nn.Module:
    model: nn.Module = DetrForObjectDetection.from_pretrained(STAND_INS / "detr", dtype=torch.float32)
    calls = Path(os.environ[PLACE]) / f"{name}.calls"

    def before(_module: nn.Module, _inputs: object) -> None:
        with calls.open("a") as file:
            file.write(".")
        if calls.stat().st_size > after and not (calls.parent / "mended").exists():
            misdeed()

    model.register_forward_pre_hook(before)
    return model


def _crash() -> None:
    _bear("crashing")
    os.kill(os.getpid(), signal.SIGSEGV)


def _hang() -> None:
    _bear("hanging")
    ctypes.PyDLL(None).sleep(600)


def _be_killed() -> None:
    _bear("killed")
    os.kill(os.getpid(), signal.SIGKILL)


def _bear(name: str) -> None:
    """Start a child, and what is nobody's child; their ids are added to those of earlier times."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with (Path(os.environ[PLACE]) / f"{name}.children").open("a") as file:
        file.write(f"{child.pid} {stray()}\n")


def among(place: Place, *names: str) -> Place:
    """The small suite with these models beside its own, and what lets them run."""
    models = "".join(f"  {name}: {{title: {name}, external: 'tests.end_to_end.fallen:{name}'}}\n" for name in names)
    place.suite.write_text(SUITE.replace("probes:\n", f"{models}probes:\n"), encoding="utf-8")
    here = {PLACE: str(place.folder), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return replace(place, environment=place.environment | here)


def allowed(*names: str) -> list[str]:
    return [word for name in names for word in ("--allow-code", f"tests.end_to_end.fallen:{name}")]


def born(place: Place, name: str) -> list[psutil.Process]:
    """The processes that a model started and that live, once it has started two at a time."""
    told = place.folder / f"{name}.children"
    lines = told.read_text().splitlines() if told.exists() else []
    return [psutil.Process(int(pid)) for line in lines for pid in line.split() if psutil.pid_exists(int(pid))]


def has_borne(place: Place, name: str) -> int:
    """How often it has started two."""
    told = place.folder / f"{name}.children"
    return told.read_text().count("\n") if told.exists() else 0
