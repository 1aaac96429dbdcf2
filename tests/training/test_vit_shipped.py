"""The small vision transformers in the package are those that the recipe, their logs and their cards speak of."""

import csv
import json

import pytest
import torch
from transformers import ViTForImageClassification

from benchbench.catalog.formulas.glyphs_drawing import CLASSES
from training.vit import data
from training.vit.model import config
from training.vit.recipe import SIZES, Recipe
from training.vit.ship import SHIPPED
from training.vit.train import scores

RECIPE = Recipe()


def test_the_smaller_two_are_light() -> None:
    assert sum((SHIPPED / size / "model.safetensors").stat().st_size for size in ("ti", "s")) <= 4_000_000


@pytest.mark.parametrize("size", SIZES)
def test_it_is_the_model_of_the_recipe(size: str) -> None:
    shipped = ViTForImageClassification.from_pretrained(SHIPPED / size, dtype=torch.float32)
    wanted = ViTForImageClassification(config(RECIPE, SIZES[size])).state_dict()

    assert {name: each.shape for name, each in shipped.state_dict().items()} == {
        name: each.shape for name, each in wanted.items()
    }
    assert tuple(shipped.config.id2label.values()) == CLASSES


@pytest.mark.parametrize("size", SIZES)
def test_log_and_card_agree(size: str) -> None:
    with (SHIPPED / size / "training_log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    card = (SHIPPED / size / "card.md").read_text(encoding="utf-8")

    assert int(rows[-1]["step"]) == RECIPE.steps
    assert "The run is complete." in card
    assert "a plateau" in card
    assert "NOT" not in card
    table = next(line for line in card.splitlines() if line.startswith("| 0."))
    assert float(table.split("|")[1]) == pytest.approx(float(rows[-1]["top1"]), abs=0.003)


def test_the_larger_is_the_better(tmp_path_factory: pytest.TempPathFactory) -> None:
    held_out = data.pictures(tmp_path_factory.mktemp("glyphs"), seed=RECIPE.held_out_seed, count=300, side=RECIPE.side)
    found = [
        scores(ViTForImageClassification.from_pretrained(SHIPPED / size, dtype=torch.float32), held_out)[1]
        for size in SIZES
    ]

    assert found == sorted(found)
    assert found[0] > 0.6


def test_preprocessing_is_told() -> None:
    told = json.loads((SHIPPED / "ti" / "preprocessor_config.json").read_text(encoding="utf-8"))
    assert told["size"] == {"height": 48, "width": 48}
    assert told["image_mean"] == [0.5, 0.5, 0.5]
