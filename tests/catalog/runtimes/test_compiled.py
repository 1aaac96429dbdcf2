"""torch.compile as a runtime. Compilers take their time: what runs them is marked slow."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
import torch
import torch._inductor.config
from torch import Tensor, nn

from benchbench.catalog import compiling
from benchbench.catalog.agreement import Agreeing, deviation
from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.runtimes.compiled import RUNTIME
from benchbench.errors import CannotRun
from benchbench.types import Condition
from tests import lively_vit
from tests.cut_models import cut

CONDITION = Condition(threads=1, runtime="compiled")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Headers are compiled once for all of these tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _folders(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code stays in a folder of the tests, and no call is at hand that was compiled before."""
    monkeypatch.delenv(compiling.CACHE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    torch.compiler.reset()


def started(subject: Subject) -> Agreeing:
    running = RUNTIME.start(subject, CONDITION)
    assert isinstance(running, Agreeing)
    return running


class Tiny(nn.Module):
    """A forward pass of one kernel, with a place in it that a compiler cannot follow where that is wanted."""

    def __init__(self, opaque: bool = False) -> None:
        super().__init__()
        self.opaque = opaque

    def forward(self, pixel_values: Tensor) -> Tensor:
        total = pixel_values.mean((2, 3)).tanh()
        if self.opaque:
            torch._dynamo.graph_break()
        return total * 3


def images(batch: int) -> Inputs:
    return {"pixel_values": torch.randn(batch, 3, 4, 4, generator=torch.Generator().manual_seed(1))}


@pytest.mark.slow
def test_a_cut_model_computes_the_same_compiled() -> None:
    subject = lively_vit.subject()
    cut(subject, "drop-layers", stack="encoder", count=1)
    cut(subject, "prune-heads", keep=0.5)
    cut(subject, "prune-channels", where="feed-forward", keep=0.5)
    running = started(subject)
    with torch.inference_mode():
        found, expected = running(**lively_vit.inputs()), subject.model(**lively_vit.inputs())
    assert deviation(found.logits, expected.logits) < 1e-5
    assert running.facts["graph_breaks"] == 0


@pytest.mark.slow
def test_every_shape_is_compiled_once_whatever_pytorchs_own_limit(cache: Path) -> None:
    """Beyond 8 shapes PyTorch would go on in eager without a word."""
    from torch._dynamo.utils import counters

    running = started(Subject(Tiny(), FAMILY))
    counters.clear()
    with torch.inference_mode():
        for batch in range(1, 11):
            running(**images(batch))
        compiled_now = counters["stats"]["unique_graphs"]
        for batch in range(1, 11):
            assert deviation(running(**images(batch)), Tiny()(**images(batch))) < 1e-5
    assert compiled_now == counters["stats"]["unique_graphs"] == 10
    (folder,) = (cache / "benchbench").iterdir()
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_places_that_the_compiler_cannot_follow_are_counted() -> None:
    running = started(Subject(Tiny(opaque=True), FAMILY))
    with torch.inference_mode():
        running(**images(2))
    assert running.facts["graph_breaks"] == 1
    assert running.words()[-1] == "the compiler left 1 places to eager"


def test_a_compiler_that_fails_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "c++"
    broken.write_text("#!/bin/sh\necho 'internal compiler error' >&2\nexit 1\n")
    broken.chmod(0o755)
    # PyTorch reads CXX when it is imported.
    monkeypatch.setattr(torch._inductor.config.cpp, "cxx", (None, str(broken)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(CannotRun, match=r"^torch\.compile: \w+: ") as caught, torch.inference_mode():
        started(Subject(Tiny(), FAMILY))(**images(2))
    assert "\n" not in caught.value.what


def test_a_missing_compiler_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    absent = RUNTIME.missing()
    assert absent is not None
    assert "no-such-compiler is not there" in absent.reason
    assert absent.remedy == "apt-get install g++"
    with pytest.raises(CannotRun, match="no-such-compiler"):
        started(Subject(Tiny(), FAMILY))


def test_missing_headers_are_said_with_their_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CXX", sys.executable)
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    absent = RUNTIME.missing()
    assert absent is not None
    assert "Python.h" in absent.reason
    (tmp_path / "Python.h").touch()
    assert RUNTIME.missing() is None
