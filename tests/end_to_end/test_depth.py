"""Depth Anything V2 as a user has it: two paths in the environment, no edit; and what is said of bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.depth_anything import FAMILY
from tests import nyu_files, original_depth
from tests.end_to_end.conftest import Place
from tests.original_depth import Sizes

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SMALL = Sizes(384, 12, 6, (2, 5, 8, 11), (48, 96, 192, 384), 64, 518)
BASE = Sizes(768, 12, 12, (2, 5, 8, 11), (96, 192, 384, 768), 128, 518)
MAT = "nyu_depth_v2_labeled.mat"
PUBLISHED = "depth_anything_v2_vits.pth"
TESTED = (1, 2, 9)
"""The first images of the official test split."""

BAD = """
suite: bad
title: A suite of bad input
family: depth-anything
reference: base
document: {title: none}
scales:
SCALES
variants:
  base: {title: unchanged}
  taps:
    scales: [good]
    steps: [drop-layers: {stack: encoder, count: 4, taps: [0, 1, 2, 7]}]
probes:
  - depth-error: {condition: {batch: 2}}
"""
SCALE = "  {0}: {{title: NYU, checkpoint: stand-in, dataset: {{nyu: {{count: 2, root: {0}}}}}, "
SCALE += "input: {{shorter: 98}}, timing: [98, 98]}}"
SCALES = "\n".join(SCALE.format(name) for name in ("good", "sizes", "empty", "curved"))


def published(folder: Path, sizes: Sizes) -> Path:
    """A file as its authors publish it, of random weights that keep signals alive."""
    folder.mkdir()
    torch.save(original_depth.drawn(sizes).state, folder / PUBLISHED)
    return folder


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("original") / "checkpoints", SMALL)


def having(place: Place, checkpoints: Path, data: Path) -> Place:
    paths = {"BENCHBENCH_CHECKPOINTS": str(checkpoints), "BENCHBENCH_DATA": str(data)}
    return replace(place, environment={**place.environment, **paths})


def answered(place: Place, *words: str, code: int = 0) -> dict[str, Any]:
    ended = place.run(*words, "--json")
    assert ended.returncode == code, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_two_paths_and_no_edit_make_it_measurable(place: Place, checkpoints: Path) -> None:
    nyu_files.labelled(place.folder / "data" / MAT, 1449, TESTED)
    user = having(place, checkpoints, place.folder / "data")
    trials = answered(user, "plan", "depth_anything_v2", "-k", "full and base")["trials"]
    assert {trial["standing"] for trial in trials if trial["probe"] in ("depth-error", "size")} == {"to measure"}
    other = place.folder / "elsewhere"
    lacking = answered(having(place, checkpoints, other), "plan", "depth_anything_v2", "-k", "full and base")["trials"]
    standings = {trial["probe"]: (trial["standing"], trial["why"]) for trial in lacking}
    assert standings["size"] == ("to measure", "")
    assert standings["depth-error"][0] == "skipped"
    assert f"{MAT} or folders of NYU images and depth is not below {other}" in standings["depth-error"][1]


def test_from_the_official_files_to_a_judged_report(place: Place, checkpoints: Path) -> None:
    nyu_files.labelled(place.folder / "data" / "nyu" / MAT, 9, TESTED)
    user = having(place, checkpoints, place.folder / "data")
    chosen = ("depth_anything_v2", "-k", "full and base and depth-error")
    [loud] = answered(user, "plan", *chosen)["trials"]
    assert "(split test) has 3 images, the suite wants 654" in loud["why"]

    smaller = ("--set", "scales.full.dataset.nyu.count=3", "--set", "scales.full.input.shorter=154")
    account = answered(user, "run", *chosen, *smaller)
    assert not account["failed"]
    verdicts = {verdict["claim"]: verdict for verdict in account["verdicts"]}
    for claim in ("P.nyu.s.absrel", "P.nyu.s.delta1"):
        assert verdicts[claim]["ruling"] == "not comparable", verdicts[claim]
        assert "images: 654 there, 3 here" in verdicts[claim]["reason"]
    assert verdicts["P.nyu.b.absrel"]["ruling"] == "not measured"
    page = (user.folder / account["report"]).read_text(encoding="utf-8")
    assert page.count("data:image/") >= 4 * len(TESTED), "input, ground truth, depth and its error of every image"

    [path] = user.records()
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["facts"]["weights"], record["facts"]["images"]) == ("trained", 3)
    assert PUBLISHED in record["facts"]["weights_origin"]
    found = {each["metric"]: each["samples"][0] for each in record["outcome"]["measurements"]}
    assert 0 < found["AbsRel"] < 1
    assert 0 < found["delta1"] < 1


def test_a_base_file_for_the_small_model_fails_and_is_recognised(place: Place) -> None:
    user = having(place, published(place.folder / "checkpoints", BASE), place.folder)
    account = answered(user, "run", "depth_anything_v2", "-k", "full and base and size", code=3)
    [failed] = account["failed"]
    assert f"{PUBLISHED} does not fit vits: it looks like vitb (768 wide, 12 layers)" in failed["error"]
    assert "hint: name the checkpoint's sizes under `architecture`, or give another checkpoint" in failed["error"]
    page = (user.folder / account["report"]).read_text(encoding="utf-8")
    assert "it looks like vitb (768 wide, 12 layers)" in page


def test_bad_input_costs_its_own_trials_and_says_where_and_how_to_mend_it(place: Place) -> None:
    (place.folder / "bad.yaml").write_text(BAD.replace("SCALES", SCALES), encoding="utf-8")
    nyu_files.folder(place.folder / "good", (1, 2))
    nyu_files.folder(place.folder / "sizes", (1, 2), lambda depth: np.pad(depth, ((0, 1), (0, 0))))
    nyu_files.folder(place.folder / "empty", (1, 2), np.zeros_like)
    nyu_files.folder(place.folder / "curved", (1, 2), curved(1))
    ended = place.run("run", "bad.yaml", "--json")
    assert ended.returncode == 3, ended.stderr
    failed = {each["trial"]: each["error"] for each in json.loads(ended.stdout)["failed"]}
    page = (place.folder / "reports" / "bad.html").read_text(encoding="utf-8")
    told = {
        "good / depth-error / taps": ("bad.yaml:16:13: taps outside the remaining layers", "keeps 0 to 3, not 7"),
        "sizes / depth-error / base": ("rgb_00000.png is 60 px high", "sync_depth_00000.png 61 high", "bring the orig"),
        "empty / depth-error / base": ("no image has 10 valid pixels", "look at the ground truth"),
        "curved / depth-error / base": ("image 1: disparity that is not positive after alignment", "clamp"),
    }
    assert set(failed) == set(told)
    for trial, words in told.items():
        assert all(word in failed[trial] and word in ended.stderr and word in page for word in words), failed[trial]
    outcomes = {path.parent.parent.name: json.loads(path.read_text())["outcome"] for path in place.records()}
    assert set(outcomes) == {"good", "sizes", "empty", "curved"}
    [whole] = [path for path in place.records() if path.parts[-3] == "good" and path.name.startswith("base")]
    assert "measurements" in json.loads(whole.read_text())["outcome"]


def curved(number: int) -> Any:
    """Depth whose disparity is a steep power of what the stand-in sees: a line through it falls below 0."""
    image, _ = nyu_files.scene(number, 60, 90)
    weights = FAMILY.locate("stand-in")
    assert isinstance(weights, Weights)
    model = FAMILY.build(weights, seed=0)
    batch = FAMILY.collate([FAMILY.prepare(image, shorter=98)])
    with torch.inference_mode():
        seen = FAMILY.predict(model, model(**batch), [(60, 90)])
    output = np.asarray(seen[0]["output"])
    share = (output - output.min()) / np.ptp(output)
    return lambda _: np.asarray(1 / (share**4 + 0.02), np.float32)
