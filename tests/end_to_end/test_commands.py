"""The other commands: data on stdout, words on stderr, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration


def test_plan_tells_where_every_trial_stands(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    ended = place.run("plan", "small.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    trials = json.loads(ended.stdout)["trials"]
    assert {trial["standing"] for trial in trials if trial["probe"] == "size"} == {"recorded"}
    assert {trial["standing"] for trial in trials if trial["probe"] == "latency"} == {"to measure"}
    assert "estimated time" in place.run("plan", "small.yaml").stderr


def test_show_prints_a_record_found_by_its_key(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    record = json.loads(place.records()[0].read_text(encoding="utf-8"))
    shown = place.run("show", record["key"][:10], "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["key"] == record["key"]
    assert "params" in place.run("show", record["key"][:10]).stdout


def test_show_of_nothing_is_a_usage_error(place: Place) -> None:
    ended = place.run("show", "ffff")
    assert ended.returncode == 2
    assert "error:" in ended.stderr


def test_lint_finds_what_exact_counts_exclude(place: Place) -> None:
    ended = place.run("lint", "small.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    assert any("half-gone" in remark["what"] for remark in json.loads(ended.stdout)), ended.stdout


def test_a_report_is_rendered_from_records_alone(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    for form, sign in {"markdown": "|", "csv": "params", "json": "{"}.items():
        ended = place.run("report", "small.yaml", "--format", form)
        assert ended.returncode == 0, ended.stderr
        assert sign in ended.stdout
    page = place.folder / "page.html"
    assert place.run("report", "small.yaml", "-o", str(page)).returncode == 0
    assert "</html>" in page.read_text(encoding="utf-8")
    assert place.run("report", "small.yaml", "--format", "docx").returncode == 2


@pytest.mark.parametrize("what", ["suites", "families", "steps", "runtimes", "probes", "datasets"])
def test_lists(place: Place, what: str) -> None:
    ended = place.run("list", what, "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)
    assert place.run("list", what).stdout


def test_a_misspelt_list_suggests(place: Place) -> None:
    ended = place.run("list", "probs")
    assert ended.returncode == 2
    assert "probes" in ended.stderr


def test_doctor_tells_what_is_at_hand(place: Place) -> None:
    ended = place.run("doctor", "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["at hand"]["quickstart stand-in checkpoint"] == "yes"
    assert "fetch" in found["at hand"]["detr full checkpoint"]


def test_the_schema_is_json(place: Place) -> None:
    assert "$schema" in json.loads(place.run("schema").stdout)


def test_init_starts_a_suite_that_loads(place: Place) -> None:
    table = place.folder / "table.md"
    table.write_text("| model | params |\n|---|---|\n| base | 41M |\n| small | 20M |\n", encoding="utf-8")
    assert place.run("init", "table.md", "-o", "new.yaml").returncode == 0
    ended = place.run("plan", "new.yaml")
    assert ended.returncode == 0, ended.stderr
    assert place.run("init", "table.md", "-o", "new.yaml").returncode == 2


def files(folder: Path, boxes: list[list[float]]) -> tuple[str, str]:
    targets = {
        "images": [{"id": 1, "width": 100, "height": 100, "file_name": "1.png"}],
        "categories": [{"id": 3, "name": "square"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0}
        ],
    }
    made = [{"image_id": 1, "category_id": 3, "bbox": box, "score": 0.9} for box in boxes]
    (folder / "targets.json").write_text(json.dumps(targets), encoding="utf-8")
    (folder / "made.json").write_text(json.dumps(made), encoding="utf-8")
    return str(folder / "made.json"), str(folder / "targets.json")


@pytest.mark.parametrize("evaluator", ["hotcoco", "pycocotools"])
def test_perfect_predictions_score_one(place: Place, evaluator: str) -> None:
    made, targets = files(place.folder, [[10, 10, 40, 40]])
    words = ("score", "coco-ap", "--predictions", made, "--targets", targets, "--evaluator", evaluator, "--json")
    ended = place.run(*words)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["metrics"]["AP"] == pytest.approx(1.0, abs=1e-12)


def test_bad_predictions_are_refused(place: Place) -> None:
    made, targets = files(place.folder, [[10, 10, 40, 0]])
    ended = place.run("score", "coco-ap", "--predictions", made, "--targets", targets)
    assert ended.returncode == 2
    assert "error:" in ended.stderr
