"""Recovered weights on disk: whole, true to their names, or not there."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Course
from benchbench.errors import BadCheckpoint, BenchbenchError, CannotTrain
from benchbench.measure.artifacts import DAY_S, Artifacts
from benchbench.measure.cards import Card
from benchbench.measure.filling import changed, fill
from benchbench.measure.shipping import ship

KEY, OTHER = "a" * 64, "b" * 64
COURSE = Course(2, 8, 1.5, 20.0, 5, ((0, 0.5, 0.1), (1, 0.25, 0.05)), {"first": 0.1})
ENTRIES: list[dict[str, Any]] = [{"step": "drop"}, {"step": "teach", "artifact": None, "course": None}]
TENSORS = {"b": torch.arange(3.0), "a": torch.tensor([[1, 2]])}


def card(key: str = KEY) -> Card:
    return Card(key, "teach", {"steps": 2}, {"seed": 0}, "abc", {"training": "dots"}, ENTRIES, COURSE)


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    kept = Artifacts(tmp_path).keep(KEY, TENSORS, card())
    found = Artifacts(tmp_path).find(KEY)
    assert found == kept
    assert found is not None
    assert found.weights == tmp_path / "weights" / f"{kept.card.weights}.safetensors"
    assert hashlib.sha256(found.weights.read_bytes()).hexdigest() == kept.card.weights
    assert found.card.surgery[-1]["artifact"] == kept.card.weights
    assert found.card.course == COURSE
    assert Artifacts(tmp_path).cards() == (kept,)
    assert Artifacts(tmp_path).find(OTHER) is None
    assert Artifacts(tmp_path / "nowhere").cards() == ()


def test_equal_tensors_are_one_file(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    shared = torch.zeros(4)
    kept = [artifacts.keep(key, {"x": shared[:2], "y": shared[2:], "z": shared}, card(key)) for key in (KEY, OTHER)]
    assert kept[0].weights == kept[1].weights
    assert len(list((tmp_path / "weights").iterdir())) == 1
    assert len(artifacts.cards()) == 2


def test_shipped_ones_are_found_and_ones_own_come_first(tmp_path: Path) -> None:
    shipped = Artifacts(tmp_path / "shipped").keep(KEY, TENSORS, card())
    artifacts = Artifacts(tmp_path / "own", tmp_path / "shipped")
    found = artifacts.find(KEY)
    assert found == replace(shipped, shipped=True)
    own = artifacts.keep(KEY, {"a": torch.ones(1)}, card())
    assert artifacts.find(KEY) == own
    assert artifacts.prune(lambda _: False)
    assert artifacts.find(KEY) == found


def altered(change: Callable[[dict[str, Any]], object]) -> Callable[[Path, Path], None]:
    def alter(card: Path, weights: Path) -> None:
        del weights
        data = json.loads(card.read_text())
        change(data)
        card.write_text(json.dumps(data))

    return alter


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _, weights: weights.unlink(), "No such file"),
        (lambda _, weights: weights.write_bytes(weights.read_bytes()[:-1]), "not what its name says"),
        (lambda card, _: card.write_text(card.read_text()[:40]), "control character|Unterminated|Expecting"),
        (lambda card, _: card.write_text("[" * 100_000), "recursion|nesting|Expecting"),
        (lambda card, _: card.write_bytes(b"\xff{}"), "utf-8|decode"),
        (lambda card, _: card.write_text(" " * (9 * 2**20)), "larger than"),
        (altered(lambda data: data.update(weights="../../secret")), "names no file of weights"),
        (altered(lambda data: data.update(key=OTHER)), "the card of another key"),
        (altered(lambda data: data.update(schema=7)), "schema 7"),
        (altered(lambda data: data.update(more=1)), "more"),
        (altered(lambda data: data.update(surgery=[{"course": None}])), "names no step"),
        (altered(lambda data: data.update(surgery=[{"step": "x", "course": {"steps": "1"}}])), "steps"),
        (altered(lambda data: data["course"].update(steps="2")), "course.steps"),
        (altered(lambda data: data["course"].update(seconds=float("nan"))), "NaN is no number"),
        (lambda card, _: card.write_text(card.read_text().replace('"parent":', '"parent": 1e999, "":')), "too large"),
    ],
)
def test_what_is_damaged_counts_as_absent_and_is_told(
    tmp_path: Path, damage: Callable[[Path, Path], object], words: str
) -> None:
    artifacts = Artifacts(tmp_path)
    kept = artifacts.keep(KEY, TENSORS, card())
    assert artifacts.find(KEY) == kept
    path = tmp_path / "cards" / f"{KEY}.json"
    damage(path, kept.weights)
    assert artifacts.find(KEY) is None
    assert list(artifacts.broken) == [path]
    assert re.search(words, artifacts.broken[path]), artifacts.broken[path]
    artifacts.keep(KEY, TENSORS, card())
    assert artifacts.find(KEY) == kept
    assert not artifacts.broken


@pytest.mark.parametrize("key", ["", "../x", "A" * 64, f"{KEY}\n"])
def test_no_key_is_a_path(tmp_path: Path, key: str) -> None:
    assert Artifacts(tmp_path).find(key) is None


def test_a_disk_that_takes_nothing_is_an_error_of_the_users(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    artifacts = Artifacts(tmp_path / "file")
    with pytest.raises(BenchbenchError, match="cannot write"):
        artifacts.keep(KEY, TENSORS, card())
    with pytest.raises(BenchbenchError, match="cannot write"):
        artifacts.training(KEY)


def test_one_run_at_a_time_trains(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    with (
        artifacts.alone(KEY),
        pytest.raises(BenchbenchError, match="another run trains these weights"),
        Artifacts(tmp_path).alone(KEY),
    ):
        pass
    with artifacts.alone(KEY):
        pass


def test_what_nobody_wants_is_pruned(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    kept = artifacts.keep(KEY, TENSORS, card())
    gone = artifacts.keep(OTHER, {"a": torch.ones(1)}, card(OTHER))
    shared = artifacts.keep("c" * 64, TENSORS, card("c" * 64))
    assert shared.weights == kept.weights
    removed = artifacts.prune(lambda key: key == KEY)
    cards = tmp_path / "cards"
    assert set(removed) == {cards / f"{OTHER}.json", cards / f"{'c' * 64}.json", gone.weights}
    assert artifacts.cards() == (kept,)
    assert not artifacts.prune(lambda key: key == KEY)


def test_leftovers_go_when_they_are_old(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    kept = artifacts.keep(KEY, TENSORS, card())
    old, new = artifacts.training(KEY) / "state", artifacts.training(OTHER) / "state"
    orphan, part = tmp_path / "weights" / f"{OTHER}.safetensors", tmp_path / "cards" / "x.part"
    for path in (old, new, orphan, part):
        path.write_text("x")
    assert not artifacts.prune(lambda _: True)
    now = new.stat().st_mtime
    for path in (old, old.parent, orphan, part):
        os.utime(path, (now - 2 * DAY_S, now - 2 * DAY_S))
    assert set(artifacts.prune(lambda _: True, lambda: now)) == {old.parent, orphan, part}
    assert new.exists()
    assert artifacts.find(KEY) == kept


def test_only_what_changed_is_kept_and_fills_a_model_again(tmp_path: Path) -> None:
    start, after, other = (torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)) for _ in range(3))
    after.load_state_dict(start.state_dict())
    other.load_state_dict(start.state_dict())
    with torch.no_grad():
        after.get_parameter("0.bias").add_(1)
        after.get_buffer("1.num_batches_tracked").add_(3)
    found = changed("teach", after, start)
    assert set(found) == {"0.bias", "1.num_batches_tracked"}
    assert len(changed("teach", after, None)) == 7
    fill(other, Artifacts(tmp_path).keep(KEY, found, card()))
    assert all(torch.equal(tensor, other.state_dict()[name]) for name, tensor in after.state_dict().items())


def test_halves_fill_a_model_in_float32(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 1)
    fill(model, Artifacts(tmp_path).keep(KEY, {"bias": torch.tensor([0.1], dtype=torch.float16)}, card()))
    assert model.bias.dtype == torch.float32
    assert model.bias.item() == torch.tensor(0.1, dtype=torch.float16).item()


def test_shipping_halves_the_numbers_and_keeps_the_card(tmp_path: Path) -> None:
    kept = Artifacts(tmp_path / "own").keep(KEY, {"a": torch.rand(1000), "n": torch.arange(3)}, card())
    shipped = ship(kept, tmp_path / "shipped")
    assert shipped.weights.stat().st_size < 0.6 * kept.weights.stat().st_size
    assert Artifacts(tmp_path / "nowhere", tmp_path / "shipped").find(KEY) == replace(shipped, shipped=True)
    entry = {**kept.card.surgery[-1], "artifact": shipped.card.weights}
    assert shipped.card == replace(kept.card, weights=shipped.card.weights, surgery=[*ENTRIES[:-1], entry])
    wide = Artifacts(tmp_path / "own").keep(OTHER, {"a": torch.tensor([1e6])}, card(OTHER))
    with pytest.raises(BadCheckpoint, match="'a' does not fit into float16"):
        ship(wide, tmp_path / "shipped")


def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for tensors, words in [
        ({"bias": torch.ones(2), "gain": torch.ones(2)}, "the model has no 'gain'"),
        ({"bias": torch.ones(2), "weight": torch.ones(2, 3)}, r"'weight' is float32 \(2, 3\), not float32 \(2, 2\)"),
        ({"bias": torch.ones(2), "weight": torch.ones(2, 2, dtype=torch.int64)}, "'weight' is int64"),
    ]:
        artifact = Artifacts(tmp_path).keep(KEY, tensors, card())
        with pytest.raises(BadCheckpoint, match=words):
            fill(model, artifact)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_training_may_not_end_in_other_shapes_or_no_numbers() -> None:
    start, broken = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    with pytest.raises(CannotTrain, match="'teach' changed what it may only fill: "):
        changed("teach", torch.nn.Linear(2, 3), start)
    torch.nn.init.constant_(broken.bias, float("inf"))
    with pytest.raises(CannotTrain, match="diverged: bias is not finite"):
        changed("teach", broken, start)
