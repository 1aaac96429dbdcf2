"""The JSON Schema accepts what `load` accepts and refuses what a schema can know to be wrong."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from benchbench.declare import Vocabulary, schema
from benchbench.declare.reading import read
from benchbench.declare.tree import plain
from tests.declare.conftest import GOOD, VOCABULARY
from tests.declare.test_complaints import BENT
from tests.declare.test_matrix import with_group

SCHEMA: dict[str, Any] = schema(VOCABULARY)

BEYOND = (
    "unknown variant", "unknown scale", "unknown claim", "comes from itself", "cannot be called", "variant already",
    "declared twice", "cells in a table", "is no comparison", "is a factor", "in points", "a change needs",
    "an ordering needs", "a fact needs", "a recipe needs", "means nothing", "are given", "no tolerance",
    "not 4.0",
)  # fmt: skip
"""What hangs on other parts of the file, on the grammar of a text, or is an integer to JSON Schema (4.0)."""


def errors(text: str) -> list[str]:
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(plain(read(text, "f")[0]))
    return [error.message for error in found]


def test_it_is_a_schema_of_the_draft_it_names() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", [GOOD, with_group(), GOOD.replace("  - size\n", "  - size:\n")])
def test_good_suites_pass(text: str) -> None:
    assert errors(text) == []


def within_reach(said: list[str]) -> bool:
    return any(not any(beyond in complaint for beyond in BEYOND) for complaint in said)


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new, said in BENT if within_reach(said)])
def test_bad_suites_are_refused(old: str, new: str) -> None:
    assert errors(GOOD.replace(old, new))


def test_what_is_beyond_a_schema_is_a_minority() -> None:
    assert sum(within_reach(said) for _, _, said in BENT) > len(BENT) / 2


@pytest.mark.parametrize(("old", "new"), [
    ("    name: \"depth-{depth}-{keep}\"\n", ""),
    ("matrix: {depth: [4, 3], keep: [first, every-other]}", "matrix: {depth: []}"),
    ("matrix: {depth: [4, 3], keep: [first, every-other]}", "matrix: {}"),
    ('count: "{depth}"', 'count: "n{depth}"'),
])  # fmt: skip
def test_bad_matrices_are_refused(old: str, new: str) -> None:
    assert errors(with_group((old, new)))


def test_names_are_offered() -> None:
    definitions = SCHEMA["$defs"]["detr"]["$defs"]
    assert set(definitions["step"]["properties"]) == {"drop-layers", "prune-heads", "finetune", "distil"}
    settings = definitions["setting_of_drop-layers"]
    assert settings["required"] == ["stack", "count"]
    assert settings["properties"]["stack"]["anyOf"][0]["enum"] == ["encoder", "decoder"]
    metric = definitions["ReadingFile"]["properties"]["metric"]["anyOf"][0]
    assert metric["enum"] == sorted(VOCABULARY.metrics)


def test_a_step_that_needs_settings_is_not_offered_bare() -> None:
    assert errors(GOOD.replace("[prune-heads: {keep: 0.75}]", "[prune-heads]"))
    assert errors(GOOD.replace("dataset: shapes", "dataset: rooms"))


def test_each_family_has_its_own_settings() -> None:
    detr = VOCABULARY.families["detr"]
    two = Vocabulary(
        families={"detr": detr, "vit": {}},
        inputs={"detr": {}, "vit": {}},
        steps=VOCABULARY.steps,
        datasets=VOCABULARY.datasets,
        probes=VOCABULARY.probes,
        metrics=VOCABULARY.metrics,
    )
    validator = jsonschema.Draft202012Validator(schema(two))
    assert validator.is_valid(plain(read(GOOD, "f")[0]))
    assert not validator.is_valid(plain(read(GOOD.replace("family: detr", "family: vit"), "f")[0]))
    assert not validator.is_valid(plain(read(GOOD.replace("family: detr", "family: other"), "f")[0]))
