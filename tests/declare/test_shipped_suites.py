"""Every shipped suite loads against the real catalog and passes its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import benchbench
from benchbench.catalog.contracts import Probe
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps import STEPS
from benchbench.declare import Vocabulary, load, schema
from benchbench.declare.reading import read
from benchbench.declare.tree import plain
from benchbench.expand import expand

SUITES = sorted((Path(benchbench.__file__).parent / "suites").glob("*.yaml"))


def settings_function(probe: Probe) -> Callable[..., Any]:
    if probe.kind == "static":
        return probe.measure
    return probe.prepare if probe.kind == "timed" else probe.summarise


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    probes = {name: PROBES[name] for name in PROBES}
    return Vocabulary(
        families={name: settings_of(FAMILIES[name].build) for name in FAMILIES},
        inputs={name: settings_of(FAMILIES[name].prepare) for name in FAMILIES},
        steps={name: settings_of(STEPS[name].apply) for name in STEPS},
        datasets={name: settings_of(DATASETS[name].locate) for name in DATASETS},
        probes={name: settings_of(settings_function(probe)) for name, probe in probes.items()},
        metrics=frozenset(metric.name for probe in probes.values() for metric in probe.metrics),
    )


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
