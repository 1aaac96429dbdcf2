"""`benchbench score`: settings, numbers with intervals, notes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchbench import scoring
from benchbench.catalog.probes import PROBES
from benchbench.errors import BadData, BenchbenchError, InvalidSuite
from tests.depth_scenes import plain, random_scene, save_maps


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and targets of three images."""
    scenes = [random_scene(seed, "depth") for seed in range(3)]
    made, truth = tmp_path / "made.npz", tmp_path / "truth.npz"
    save_maps(made, {f"{image}.output": scene.output for image, scene in enumerate(scenes)})
    depths = {f"{image}.depth": scene.depth for image, scene in enumerate(scenes)}
    save_maps(truth, {**depths, **{f"{image}.valid": scene.valid for image, scene in enumerate(scenes)}})
    return made, truth


def test_numbers_under_settings(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    from benchbench.catalog.formulas.depth_protocols import chosen

    scoring.show("depth-error", *files, ["protocol=metric", "cap=10"], 20, as_json=True)
    told = json.loads(capsys.readouterr().out)
    each = [plain(random_scene(seed, "depth"), chosen(protocol="metric", cap=10)) for seed in range(3)]
    assert told["metrics"] == pytest.approx(
        {name: np.mean([numbers[name] for numbers in each]) for name in each[0]}, rel=1e-5
    )
    assert told["settings"] == {"protocol": "metric", "cap": 10.0}
    assert told["samples"] == 3
    assert set(told["intervals"]) == set(told["metrics"])
    assert all(0 <= low <= high for low, high in told["intervals"].values())
    assert all(told["intervals"][f"delta{power}"][1] <= 1 for power in (1, 2, 3))
    assert told["notes"][0].startswith("protocol metric but for cap: ")


def test_every_share_has_its_bounds() -> None:
    shares = [metric for probe in PROBES for metric in PROBES[probe].metrics if metric.unit == "pt"]
    assert len(shares) > 10
    assert {metric.within for metric in shares} == {(0.0, 1.0)}


def test_a_table_with_notes_beside_it(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    scoring.show("depth-error", *files, ["protocol=metric"], 0, as_json=False)
    shown = capsys.readouterr()
    assert "absolute relative error" in shown.out
    assert "depth-error over 3 images" in shown.out
    assert shown.err.startswith("note: protocol metric: output is depth")


def test_units_stand_beside_the_numbers(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    scoring.show("depth-error", *files, ["protocol=metric"], 0, as_json=True)
    told = json.loads(capsys.readouterr().out)
    units = {metric.name: metric.unit for metric in PROBES["depth-error"].metrics}
    assert told["units"] == {name: "fraction" if unit == "pt" else unit for name, unit in units.items()}
    scoring.show("depth-error", *files, ["protocol=metric"], 0, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    for metric in PROBES["depth-error"].metrics:
        [line] = [line for line in lines if line.startswith(metric.title + "  ")]
        value = told["metrics"][metric.name]
        shown = f"{100 * value:.2f}" if metric.unit == "pt" else f"{value:.4f}"
        assert line.removeprefix(metric.title).split() == [shown, *metric.unit.split()]


def test_points_are_told_times_a_hundred(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One large box found exactly: every point that there is to be had, and no small boxes at all."""
    box = [10, 10, 200, 200]
    truth = {
        "images": [{"id": 1, "height": 300, "width": 300, "file_name": "1.png"}],
        "categories": [{"id": 1, "name": "disk"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": box, "area": 40000, "iscrowd": 0}],
    }
    made = [{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9}]
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "made.json").write_text(json.dumps(made), encoding="utf-8")
    scoring.show("coco-ap", tmp_path / "made.json", tmp_path / "truth.json", [], 0, as_json=False)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["AP", "100.00", "pt"] in [[line[0], *line[-2:]] for line in lines if len(line) > 2]
    assert ["–", "pt"] in [line[-2:] for line in lines]


def test_what_cannot_be_scored(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BenchbenchError, match=r"'size' is not scored on predictions\n.*depth-error"):
        scoring.show("size", *files, [], 0, as_json=True)
    with pytest.raises(InvalidSuite, match="evaluator"):
        scoring.show("depth-error", *files, ["evaluator=pycocotools"], 0, as_json=True)
    save_maps(tmp_path / "broken.npz", {f"{image}.output": np.full((37, 61), np.nan) for image in range(3)})
    with pytest.raises(BadData, match="image 0: predictions that are not finite"):
        scoring.show("depth-error", tmp_path / "broken.npz", files[1], [], 0, as_json=True)


def test_a_score_is_taken_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of thirty classes those with the lowest and the highest accuracy are shown, and all are told to programs."""
    labels = np.repeat(np.arange(30), 4)
    logits = np.random.default_rng(0).normal(size=(120, 30)) + 3 * np.eye(30)[labels]
    np.savez(tmp_path / "made.npz", ids=np.arange(120), logits=logits)
    np.savez(tmp_path / "truth.npz", ids=np.arange(120), labels=labels)
    scoring.show("top1", tmp_path / "made.npz", tmp_path / "truth.npz", [], 0, as_json=True)
    told = json.loads(capsys.readouterr().out)
    [classes] = told["splits"]
    assert len(classes["parts"]) == 30
    assert classes["whole"] == told["metrics"]["top1"]
    scoring.show("top1", tmp_path / "made.npz", tmp_path / "truth.npz", [], 0, as_json=False)
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split() == ["part", "value", "unit"])
    values = [float(line.split()[-2]) for line in lines[start + 1 :] if line.strip()]
    assert values[:-1] == sorted(values[:-1])
    assert len(values) == 21
    assert values[-1] == pytest.approx(100 * classes["whole"], abs=0.005)
    assert "top-1 accuracy by class: the 10 lowest and the 10 highest of 30" in shown.err
