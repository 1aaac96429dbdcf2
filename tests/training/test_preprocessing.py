"""What ships of a stand-in's preprocessing is what its recipe writes."""

import json
from pathlib import Path

import pytest

from benchbench.catalog.checkpoints import STAND_INS
from training.depth import ship as depth
from training.depth.model import trainable as depth_model
from training.depth.recipe import Recipe as DepthRecipe
from training.detr import model as detr
from training.detr.recipe import Recipe as DetrRecipe


@pytest.mark.parametrize("family", ["depth_anything", "detr"])
def test_the_shipped_preprocessing_is_written_again(family: str, tmp_path: Path) -> None:
    if family == "detr":
        trained = detr.trainable(DetrRecipe())
        detr.freeze_batch_norms(trained)
        detr.export(trained, DetrRecipe(), tmp_path)
    else:
        depth.export(depth_model(DepthRecipe()), DepthRecipe(), tmp_path)
    name = "preprocessor_config.json"
    told, shipped = (json.loads((folder / name).read_text("utf-8")) for folder in (tmp_path, STAND_INS / family))
    assert told == shipped
