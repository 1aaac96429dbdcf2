"""Whatever stands in a file, only a BenchbenchError comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchbench.declare.reading import read
from benchbench.declare.tree import plain
from benchbench.errors import BenchbenchError
from benchbench.types import Json
from tests.declare.conftest import GOOD, Files
from tests.declare.test_matrix import with_group

WORDS = st.sampled_from([
    "suite", "title", "family", "reference", "detr", "base", "layers", "full", "tiny", "scales", "variants", "probes",
    "claims", "steps", "matrix", "name", "exclude", "include", "from", "architecture", "drop-layers", "keep", "count",
    "size", "latency", "kind", "metric", "params", "value", "readings", "order", "change", "C.1", "22%", "{keep}",
    "{x}", "a>b", "any", "document", "tables", "rows", "columns", "text", "claim", "settings", "condition", "recipe",
    "quotations",
])  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
TREES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(WORDS | st.text(max_size=3), below, max_size=5),
    max_leaves=25,
)
SAMPLES = [plain(read(text, "f")[0]) for text in (GOOD, with_group())]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("fuzz"))


def places(tree: Json) -> Iterator[tuple[list[Json] | dict[str, Json], int | str]]:
    """Every container with every key or index in it."""
    pairs: list[tuple[int | str, Json]] = []
    if isinstance(tree, list):
        pairs = list(enumerate(tree))
    elif isinstance(tree, dict):
        pairs = list(tree.items())
    for key, below in pairs:
        yield tree, key  # type: ignore[misc]
        yield from places(below)


@given(TREES)
def test_any_tree(fuzzed: Files, tree: Json) -> None:
    with suppress(BenchbenchError):
        fuzzed.load(json.dumps(tree))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 10**6), TREES), min_size=1, max_size=3))
def test_a_good_suite_with_anything_put_anywhere(fuzzed: Files, sample: Json, changes: list[tuple[int, Json]]) -> None:
    tree = json.loads(json.dumps(sample))
    for where, value in changes:
        found = list(places(tree))
        holder, key = found[where % len(found)]
        holder[key] = value  # type: ignore[index]
    with suppress(BenchbenchError):
        fuzzed.load(json.dumps(tree))


@settings(max_examples=60)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 20), st.text(max_size=6))
def test_a_good_file_with_any_text_put_anywhere(fuzzed: Files, at: int, cut: int, text: str) -> None:
    with suppress(BenchbenchError, UnicodeEncodeError):
        fuzzed.load(GOOD[:at] + text + GOOD[at + cut :])


@settings(max_examples=60)
@given(st.lists(st.text(max_size=20) | st.builds("{}.{}={}".format, WORDS, WORDS, LEAVES), max_size=3))
def test_any_override(fuzzed: Files, overrides: list[str]) -> None:
    with suppress(BenchbenchError):
        fuzzed.load(overrides=overrides)
