"""The model in the package is the one that the recipe, its log and its card speak of."""

import csv
import json
from pathlib import Path

import pytest
import torch
from transformers import DetrForObjectDetection

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES
from benchbench.declare import load
from benchbench.vocabulary import vocabulary
from training.detr import evaluation
from training.detr.card import LEAST_AP
from training.detr.model import configuration
from training.detr.recipe import Recipe
from training.detr.ship import SHIPPED

RECIPE = Recipe()
SUITE = load(Path("training/detr/last_phase.yaml"), vocabulary())
LAST = next(variant for variant in SUITE.variants if variant.name == "trained-on").steps[0].settings


@pytest.fixture(scope="module")
def model() -> DetrForObjectDetection:
    return DetrForObjectDetection.from_pretrained(SHIPPED, dtype=torch.float32)


def test_it_detects_shapes(model: DetrForObjectDetection) -> None:
    pictures = evaluation.held_out(RECIPE.held_out_seed, 60, RECIPE.side)
    assert evaluation.average_precision(model, pictures)["AP"] > LEAST_AP


def test_it_is_the_model_of_the_recipe(model: DetrForObjectDetection) -> None:
    expected = DetrForObjectDetection(configuration(RECIPE)).state_dict()
    assert {name: value.shape for name, value in model.state_dict().items()} == {
        name: value.shape for name, value in expected.items()
    }
    assert model.config.id2label == dict(enumerate(CATEGORIES))
    assert all(not name.endswith("num_batches_tracked") for name in expected)


def test_every_step_of_the_document_finds_something_to_cut(model: DetrForObjectDetection) -> None:
    assert (model.config.encoder_layers, model.config.decoder_layers) == (6, 6)
    assert (model.config.encoder_attention_heads, model.config.decoder_attention_heads) == (8, 8)
    assert model.config.backbone_config.layer_type == "bottleneck"


def test_it_is_small_enough_for_the_package() -> None:
    assert (SHIPPED / "model.safetensors").stat().st_size <= 4_000_000


def test_log_and_card_agree() -> None:
    with (SHIPPED / "training_log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    card = (SHIPPED / "card.md").read_text(encoding="utf-8")
    phases = {row["phase"]: int(row["step"]) for row in rows}
    assert phases["set"] == RECIPE.steps
    assert phases["last"] == LAST["steps"]
    assert f"{LAST['steps']:,} steps of {LAST['batch']} images" in card
    assert "The run is complete." in card
    assert "a plateau" in card
    assert "NOT" not in card
    table = next(line for line in card.splitlines() if line.startswith("| 0."))
    assert float(table.split("|")[1]) == pytest.approx(float(rows[-1]["AP"]), abs=0.001)


def test_preprocessing_is_told() -> None:
    told = json.loads((SHIPPED / "preprocessor_config.json").read_text(encoding="utf-8"))
    assert told["size"] == {"shortest_edge": 96, "longest_edge": 159}
