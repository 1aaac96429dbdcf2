"""From a variant to files that others run, and back into a suite: the real program in real processes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import SUITE, Place

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FORMATS = ("onnx", "safetensors", "torch-export")
BATCH = "coco-ap: {condition: {batch: 2}}"
OUTSIDE = """\
  as-onnx: {external: out-onnx}
  as-tensors: {external: out-safetensors}
  as-program: {external: out-torch-export}
  nobody: {external: "nobody.here:model"}
"""


def declared(place: Place) -> str:
    """The suite with the exported folders beside the variant that they were made of; a program has one batch size."""
    text = SUITE[: SUITE.index("claims:")].replace(BATCH, "coco-ap: {condition: {batch: 1}}")
    (place.folder / "back.yaml").write_text(text.replace("probes:", f"{OUTSIDE}probes:"), encoding="utf-8")
    return "back.yaml"


def numbers(place: Place, suite: str, metric: str) -> dict[str, str]:
    told = place.run("report", suite, "--format", "csv").stdout
    return {row["variant"]: row["value"] for row in csv.DictReader(io.StringIO(told)) if row["metric"] == metric}


def test_every_format_comes_back_with_the_same_accuracy(place: Place) -> None:
    for each in FORMATS:
        ended = place.run("export", "small.yaml", "heads", "--to", each, "--out", f"out-{each}")
        assert ended.returncode == 0, ended.stderr
        assert "weights trained" in ended.stderr
    suite = declared(place)
    ended = place.run("run", suite, "--allow-code", "out-torch-export")
    assert ended.returncode == 0, ended.stderr
    assert "benchbench run SUITE --allow-code nobody.here:model" in ended.stderr

    accuracy, parameters = numbers(place, suite, "AP"), numbers(place, suite, "params")
    assert float(accuracy["heads"]) > 1
    for name in ("as-tensors", "as-program", "as-onnx"):
        assert float(accuracy[name]) == pytest.approx(float(accuracy["heads"]), abs=0.05)
        assert float(parameters[name]) == pytest.approx(float(parameters["heads"]), rel=0.01)
    assert accuracy["as-tensors"] == accuracy["heads"] != accuracy["base"]
    assert accuracy["nobody"] == ""

    again = place.run("run", suite, "--allow-code", "out-torch-export")
    assert "18 trials, 0 to measure" in again.stderr
    renewed = place.run("export", "small.yaml", "heads", "--to", "onnx", "--out", "out-onnx", "--force", "--json")
    card = json.loads(renewed.stdout)["card"]
    told = {each["metric"]: each for each in card["numbers"]}
    assert told["params"]["value"] == float(parameters["heads"])
    assert told["latency_ms"]["low"] <= told["latency_ms"]["value"] <= told["latency_ms"]["high"]
    assert told["latency_ms"]["machine"]
    trials = json.loads(place.run("plan", suite, "--json").stdout)["trials"]
    waiting = {trial["variant"] for trial in trials if trial["standing"] == "to measure"}
    assert waiting == {"as-onnx"}


def test_what_stands_in_the_way_is_told_and_nothing_is_left(place: Place) -> None:
    (place.folder / "mine").mkdir()
    (place.folder / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    told = {
        ("heads", "--to", "onnx", "--out", "mine"): "mine exists",
        ("heads", "--to", "onnx", "--out", "mine", "--force"): "mine is no folder that was exported",
        ("head", "--to", "onnx"): "did you mean 'heads'?",
        ("heads", "--to", "onxn"): "did you mean 'onnx'?",
        ("heads", "--to", "onnx", "--scale", "full"): "no scale 'full'",
    }
    for words, complaint in told.items():
        ended = place.run("export", "small.yaml", *words)
        assert ended.returncode == 2, ended.stderr
        assert complaint in ended.stderr
    assert sorted(path.name for path in place.folder.iterdir()) == ["mine", "small.yaml"]
    assert [path.name for path in (place.folder / "mine").iterdir()] == ["letter.txt"]


def test_a_stock_model_opens_without_us(place: Place) -> None:
    stock = SUITE.replace("prune-heads: {count: 4, score: l1}", "drop-layers: {stack: encoder, count: 4, keep: first}")
    (place.folder / "small.yaml").write_text(stock, encoding="utf-8")
    ended = place.run("export", "small.yaml", "heads", "--to", "safetensors", "--out", "out")
    assert ended.returncode == 0, ended.stderr
    from transformers import DetrForObjectDetection

    model = DetrForObjectDetection.from_pretrained(Path(place.folder / "out"), local_files_only=True)
    assert len(model.model.encoder.layers) == 4
