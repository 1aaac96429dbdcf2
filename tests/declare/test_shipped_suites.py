"""Every shipped suite loads against the real catalog and passes its JSON Schema."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

import benchbench
from benchbench.declare import Vocabulary, load, schema
from benchbench.declare.reading import read
from benchbench.declare.tree import plain
from benchbench.expand import expand
from benchbench.vocabulary import vocabulary as gather

SUITES = sorted((Path(benchbench.__file__).parent / "suites").glob("*.yaml"))


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return gather()


def test_there_are_some() -> None:
    assert {path.stem for path in SUITES} >= {"detr", "quickstart"}


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_it_loads_and_expands(path: Path, vocabulary: Vocabulary) -> None:
    suite = load(path, vocabulary)
    assert suite.name == path.stem
    expansion = expand(suite)
    assert all(
        cohort.trials[0].variant.name == suite.reference
        for cohort in expansion.cohorts
        if cohort.probe.name != "builds"
    )
    names = {claim.id for claim in suite.claims}
    assert all(cell.claim in names | {""} for table in suite.document.tables for row in table.rows for cell in row)


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_it_passes_its_schema(path: Path, vocabulary: Vocabulary) -> None:
    data = plain(read(path.read_text(encoding="utf-8"), str(path))[0])
    jsonschema.Draft202012Validator(schema(vocabulary)).validate(data)
