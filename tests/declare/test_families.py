"""Scales of another family than the suite's."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from benchbench.declare import schema
from tests.declare.conftest import GOOD, VOCABULARY, Files

ELSEWHERE = """\
  depth:
    family: vit-depth
    checkpoint: random
    architecture: {encoder: vitb}
    dataset: shapes
    input: {shorter: 98}
    timing: [98, 98]
"""
WITH_DEPTH = GOOD.replace("variants:\n  base", f"{ELSEWHERE}variants:\n  base")


def test_a_scale_may_be_of_another_family(files: Files) -> None:
    scales = {scale.name: scale for scale in files.load(WITH_DEPTH).scales}
    assert {name: scale.family for name, scale in scales.items()} == {
        "full": "detr",
        "tiny": "detr",
        "depth": "vit-depth",
    }
    assert scales["depth"].architecture == {"encoder": "vitb"}
    assert scales["depth"].input == {"shorter": 98}


def test_naming_the_suites_own_family_changes_nothing(files: Files) -> None:
    named = files.load(GOOD.replace("    checkpoint: stand-in", "    family: detr\n    checkpoint: stand-in"))
    assert named.scales == files.load().scales


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("family: vit-depth", "family: vti-depth",
         "unknown family 'vti-depth' (did you mean 'vit-depth'?)"),
        ("{encoder: vitb}", "{backbone: resnet-18}",
         "unknown architecture setting of vit-depth 'backbone' (known: encoder)"),
        ("{encoder: vitb}", "{encoder: vitx}", "'encoder' should be 'vits' or 'vitb'"),
        ("{shorter: 98}", "{longer: 98}", "unknown input setting of vit-depth 'longer'"),
        ("    timing: [98, 98]\n", "", "missing 'timing'"),
        ("timing: [98, 98]", "timming: [98, 98]", "unknown key 'timming' (did you mean 'timing'?)"),
    ],
)  # fmt: skip
def test_it_is_checked_as_that_familys(files: Files, old: str, new: str, complaint: str) -> None:
    start, part, end = WITH_DEPTH.partition(ELSEWHERE)
    found = files.complaints(start + part.replace(old, new) + end)
    assert any(complaint in each for each in found), found
    assert 22 <= int(re.split(":", found[0])[0]) < 30


def test_the_schema_takes_both_and_no_mixture() -> None:
    checker = jsonschema.Draft202012Validator(schema(VOCABULARY))
    data: Any = YAML(typ="safe", pure=True).load(WITH_DEPTH)
    data["document"] = data["claims"] = {}
    assert checker.is_valid(data)
    data["scales"]["depth"]["architecture"] = {"backbone": "resnet-18"}
    assert not checker.is_valid(data)
