"""A cut model comes back from disk as it went."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import Subject, Weights
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.steps import STEPS
from benchbench.catalog.surgery import load, save
from benchbench.errors import BadCheckpoint
from tests.lively_detr import ARCHITECTURE, RANDOM, assert_equal, observe, parameters, subject

CUTS: list[tuple[str, dict[str, Any]]] = [
    ("drop-layers", {"stack": "encoder", "keep": "importance", "count": 4}),
    ("drop-layers", {"stack": "decoder", "keep": "every-other", "count": 3}),
    ("prune-heads", {"count": 6, "score": "gradient"}),
    ("prune-channels", {"where": "stage-inner", "keep": 0.5}),
    ("prune-channels", {"where": "stage-output", "keep": 0.5}),
    ("prune-channels", {"where": "feed-forward", "keep": 0.5}),
    ("prune-channels", {"where": "stream", "keep": 0.5}),
    ("prune-channels", {"where": "backbone", "keep": 0.5}),
]


def cut_by(cuts: list[tuple[str, dict[str, Any]]]) -> Subject:
    cut = subject(calibrated=True)
    for name, given_settings in cuts:
        STEPS[name].apply(cut, **given_settings)
    return cut


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: "-".join(map(str, (cut[0], *cut[1].values()))))
def test_each_cut_comes_back(cut: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    before = cut_by([cut])
    save(before, tmp_path, RANDOM, ARCHITECTURE)
    after = load(FAMILY, tmp_path, STEPS)
    assert parameters(before.model) < parameters(subject().model)
    assert after.surgery == before.surgery
    assert_equal(observe(after.model), observe(before.model), tolerance=0.0)


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(CUTS))
def test_steps_compose_in_any_order_and_come_back(
    order: list[tuple[str, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = cut_by(order)
    folder = tmp_path_factory.mktemp("cut")
    save(before, folder, RANDOM, ARCHITECTURE)
    after = load(FAMILY, folder, STEPS)
    assert_equal(observe(after.model), observe(before.model), tolerance=0.0)
    # Shapes do not depend on the order: each cut leaves the same share of the same widths.
    assert parameters(before.model) == parameters(cut_by(CUTS).model)


def test_an_uncut_model_comes_back(tmp_path: Path) -> None:
    save(subject(), tmp_path, RANDOM, ARCHITECTURE)
    assert_equal(observe(load(FAMILY, tmp_path, STEPS).model), observe(subject().model), tolerance=0.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.safetensors", "surgery.json"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(cut_by([CUTS[0], CUTS[2]]), tmp_path, RANDOM, ARCHITECTURE)
    return tmp_path


def rewrite(folder: Path, **changes: Any) -> None:
    path = folder / "surgery.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": 2}, "schema 1"),
        ({"family": "vit"}, "'vit' version 1, not with 'detr'"),
        ({"family-version": 99}, "version 99"),
        ({"seed": "0"}, "'seed' is missing or no int"),
        ({"architecture": None}, "'architecture'"),
        ({"architecture": {"colour": 1}}, "unknown settings"),
        ({"architecture": {**ARCHITECTURE, "heads": 6}}, "cannot be built: d_model 64 cannot be split into 6 heads"),
        ({"architecture": {**ARCHITECTURE, "ffn": 50}}, "does not fit the model"),
        ({"surgery": {}}, "'surgery'"),
        ({"surgery": [1]}, "list of entries"),
        ({"surgery": [{}]}, "entry 0"),
        ({"surgery": [{"step": "drop-leyers"}]}, "entry 0: unknown step"),
        ({"surgery": []}, "does not fit the model"),
        ({"weights": {"kind": "trained", "fingerprint": "abc", "origin": "stand-in"}}, "cut from stand-in"),
    ],
)
def test_a_story_that_does_not_fit_is_refused(folder: Path, changes: dict[str, Any], words: str) -> None:
    rewrite(folder, **changes)
    with pytest.raises(BadCheckpoint, match=words):
        load(FAMILY, folder, STEPS)


def test_the_weights_a_model_was_cut_from_are_asked_for(folder: Path) -> None:
    trained = Weights("trained", "abc", origin="stand-in")
    rewrite(folder, weights={"kind": "trained", "fingerprint": "abc", "origin": "stand-in"})
    assert_equal(observe(load(FAMILY, folder, STEPS, trained).model), observe(cut_by([CUTS[0], CUTS[2]]).model))
    with pytest.raises(BadCheckpoint, match="cut from"):
        load(FAMILY, folder, STEPS, Weights("trained", "other"))


def test_a_step_nobody_knows_is_refused(folder: Path) -> None:
    with pytest.raises(BadCheckpoint, match="no step"):
        load(FAMILY, folder, {})


@pytest.mark.parametrize("name", ["surgery.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "half", "nested"])
def test_damaged_files_are_refused(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(whole[: len(whole) // 2] if damage == "half" else b"[" * 100_000)
    with pytest.raises(BadCheckpoint, match=name):
        load(FAMILY, folder, STEPS)


def test_saving_leaves_the_model_alone(tmp_path: Path) -> None:
    cut = cut_by([CUTS[3]])
    before = copy.deepcopy(cut.model.state_dict())
    save(cut, tmp_path, RANDOM, ARCHITECTURE)
    assert all(torch.equal(tensor, before[name]) for name, tensor in cut.model.state_dict().items())
