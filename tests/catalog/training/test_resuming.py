"""A training that is killed, stopped, or finds its disk full goes on to the weights of one that was left alone."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from benchbench.catalog.contracts import Course, Subject
from benchbench.catalog.steps.finetune import STEP
from benchbench.catalog.training import loop
from benchbench.errors import CannotTrain, Stopped
from tests.catalog.training.world import Heard, Rooms, differing, ground, student, weights

ROOT = Path(__file__).parents[3]
FAST: dict[str, Any] = {"batch": 4, "rate": 1e-3}


@pytest.fixture(autouse=True)
def _checkpoints_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(loop, "_PATIENCE", 0)


@pytest.fixture
def _sizes_as_before() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def child(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.catalog.training.child", str(folder), *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.mark.integration
def test_killed_twice_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    with child(alone, "9") as untouched:
        for pause_at in ("3", "4"):
            with child(killed, "9", pause_at) as victim:
                assert victim.stdout
                assert victim.stdout.readline().startswith("paused")
                victim.send_signal(signal.SIGKILL)
            assert victim.returncode == -signal.SIGKILL
        with child(killed, "9") as last:
            last.communicate()
    assert (untouched.returncode, last.returncode) == (0, 0)
    assert not differing(load_file(alone / "trained.weights"), load_file(killed / "trained.weights"))
    assert (alone / "curve.txt").read_text() == (killed / "curve.txt").read_text()
    assert differing(load_file(alone / "trained.weights"), weights(student(dropout=0.1)))


def stopping_after(steps: int) -> Any:
    """`stopped` that turns true after so many questions."""
    left = iter([False] * steps)
    return lambda: next(left, True)


def trained(folder: Path, steps: int = 6, told: Heard | None = None, **words: Any) -> tuple[Subject, Course]:
    subject = student()
    return subject, STEP.train(subject, ground(folder, tell=told, **words), steps=steps, **FAST)


def test_asked_to_stop_it_saves_and_goes_on(tmp_path: Path) -> None:
    whole, course = trained(tmp_path / "whole")
    with pytest.raises(Stopped, match="after 2 of 6 steps"):
        trained(tmp_path / "parts", stopped=stopping_after(2))
    told = Heard()
    parts, again = trained(tmp_path / "parts", told=told)
    assert len(told) == 4
    assert not differing(weights(whole), weights(parts))
    assert (again.curve, again.updates, again.images) == (course.curve, course.updates, course.images)


def test_a_training_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    first, course = trained(tmp_path)
    told = Heard()
    second, again = trained(tmp_path, told=told)
    assert not told
    assert not differing(weights(first), weights(second))
    assert again.curve == course.curve
    assert 0.5 * course.seconds < again.seconds < 2 * course.seconds


def test_lora_resumes_too(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    whole, parts = student(), student()
    STEP.train(whole, ground(tmp_path / "whole"), steps=5, train="lora", **FAST)
    with pytest.raises(Stopped):
        STEP.train(student(), ground(tmp_path / "parts", stopped=stopping_after(3)), steps=5, train="lora", **FAST)
    STEP.train(parts, ground(tmp_path / "parts"), steps=5, train="lora", **FAST)
    assert not differing(weights(whole), weights(parts))


@pytest.mark.parametrize("how", ["bit", "cut", "empty", "text"])
def test_a_damaged_checkpoint_is_told_and_the_one_before_it_taken(how: str, tmp_path: Path) -> None:
    whole, _ = trained(tmp_path / "whole")
    with pytest.raises(Stopped):
        trained(tmp_path / "parts", stopped=stopping_after(4))
    older, newest = sorted((tmp_path / "parts").glob("*.safetensors"))
    content = bytearray(newest.read_bytes())
    content[-100] ^= 1
    damaged = {"bit": bytes(content), "cut": bytes(content[:-200]), "empty": b"", "text": b"hello, this is no tensor"}
    newest.write_bytes(damaged[how])
    told = Heard()
    parts, _ = trained(tmp_path / "parts", told=told)
    assert "damaged" in told[0]
    assert newest.name in told[0]
    assert len([text for text in told if text.startswith("loss")]) == 6 - int(older.stem.split("-")[1])
    assert not differing(weights(whole), weights(parts))


def test_with_every_checkpoint_damaged_it_begins_afresh(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        trained(tmp_path, stopped=stopping_after(4))
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"")
    told = Heard()
    trained(tmp_path, told=told)
    assert [text.startswith("loss") for text in told] == [False] * 2 + [True] * 6


@pytest.mark.parametrize("other", ["steps", "data", "model", "seed", "input"])
def test_a_checkpoint_of_another_training_is_left_as_it_is(other: str, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        trained(tmp_path, stopped=stopping_after(2))
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.safetensors")}
    told = Heard()
    subject = student(width=12 if other == "model" else 16)
    subject.seed = int(other == "seed")
    own = ground(
        tmp_path,
        labelled=lambda: Rooms(20 if other == "data" else 24),
        given={"gain": 2.0} if other == "input" else {},
        tell=told,
    )
    STEP.train(subject, own, steps=3 if other == "steps" else 6, **FAST)
    assert "of another training" in told[0]
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


@pytest.mark.usefixtures("_sizes_as_before")
def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    whole, _ = trained(tmp_path / "whole")
    full = tmp_path / "full"

    def fill(done: int, total: int, text: str) -> None:
        del total, text
        if done == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20 * 1024, resource.RLIM_INFINITY))

    with pytest.raises(CannotTrain, match=r"cannot be written: .*[Ll]arge") as caught:
        STEP.train(student(), ground(full, tell=fill), steps=6, **FAST)
    assert "goes on from the checkpoint before" in caught.value.hint
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert [path.stem.split("-")[1] for path in sorted(full.glob("*.safetensors"))] == ["000000001", "000000002"]
    assert not list(full.glob("*.part"))
    after, _ = trained(full)
    assert not differing(weights(whole), weights(after))


def test_only_two_checkpoints_are_kept(tmp_path: Path) -> None:
    trained(tmp_path)
    names = sorted(path.stem.split("-")[1] for path in tmp_path.iterdir())
    assert names == ["000000005", "000000006"]
