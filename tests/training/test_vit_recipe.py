"""The recipe of the small vision transformers at the smallest size at which its promises can be checked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ViTForImageClassification

from benchbench.catalog.families import FAMILIES
from benchbench.catalog.formulas import glyphs_drawing
from training.detr import checkpoint
from training.vit import data, ship
from training.vit.model import config, model
from training.vit.recipe import SIZES, Recipe
from training.vit.train import PHASE, Run, both

TINY = replace(Recipe(), images=8, held_out=6, batch=2, steps=3, warm_up=1, evaluate_every=2, save_every=1)


def run(work: Path, steps: int = TINY.steps) -> Run:
    torch.set_num_threads(1)
    made = Run(TINY, SIZES["ti"], work, *both(TINY, work / "data"))
    made.course = replace(TINY, steps=steps)
    made.finish()
    return made


def test_pictures_are_prepared_as_the_suite_prepares_them(tmp_path: Path) -> None:
    known = data.pictures(tmp_path, seed=3, count=2, side=48)
    prepare = FAMILIES["vit"].prepare
    wanted = prepare(glyphs_drawing.draw(3, 1).image, side=48, resizer="bicubic", antialias=True)

    assert known.labels.tolist() == [glyphs_drawing.draw(3, index).label for index in range(2)]
    apart = (data.normalised(known.images)[1] - wanted).abs()
    assert float(apart.mean()) < 1 / 255  # whole grey values, and no overshoot beyond black and white


def test_kept_pictures_are_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = data.pictures(tmp_path, seed=3, count=2, side=48)
    monkeypatch.setattr(glyphs_drawing, "draw", None)

    assert torch.equal(data.pictures(tmp_path, seed=3, count=2, side=48).images, first.images)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    known = data.Pictures(torch.arange(12).view(12, 1, 1, 1).byte(), torch.arange(12))
    labels = [data.batch(known, seed=1, step=step, size=4)[1].tolist() for step in (0, 0, 1)]

    assert labels[0] == labels[1] != labels[2]


def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole").model.state_dict()
    run(tmp_path / "parts", 1)
    parts = run(tmp_path / "parts").model.state_dict()

    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_what_ships_is_what_was_trained(tmp_path: Path) -> None:
    trained = run(tmp_path / "work").model
    ship.ship(TINY, "ti", tmp_path / "work", tmp_path / "work" / "data", tmp_path / "into", with_plateau=True)
    shipped = ViTForImageClassification.from_pretrained(tmp_path / "into", dtype=torch.float32).state_dict()

    assert all(torch.equal(shipped[name], tensor.half().float()) for name, tensor in trained.state_dict().items())
    card = (tmp_path / "into" / "card.md").read_text(encoding="utf-8")
    assert "The run is complete." in card
    assert "the same again: 1 more steps" in card


def test_each_size_is_twice_as_wide_as_the_one_before() -> None:
    widths = [(size.hidden, size.heads) for size in SIZES.values()]

    assert widths == [(24, 3), (48, 6), (96, 12)]
    assert {config(TINY, size).num_hidden_layers for size in SIZES.values()} == {12}


def test_the_rate_warms_up_and_ends_at_nothing() -> None:
    rates = [Recipe().learning_rate(step, 1.0) for step in range(Recipe().steps)]

    assert int(np.argmax(rates)) == Recipe().warm_up - 1
    assert rates[-1] < 1e-6


def test_the_first_weights_are_those_of_the_seed(tmp_path: Path) -> None:
    one, other = (model(TINY, SIZES["ti"]).state_dict() for _ in range(2))

    assert all(torch.equal(one[name], other[name]) for name in one)
    with pytest.raises(FileNotFoundError):
        checkpoint.load(tmp_path / "none.pt", model(TINY, SIZES["ti"]), None, PHASE)
