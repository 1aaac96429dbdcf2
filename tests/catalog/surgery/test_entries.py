"""Entries come from files, files from anyone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import Step
from benchbench.catalog.steps import STEPS
from benchbench.catalog.surgery.entries import kept_of
from benchbench.errors import BadCheckpoint
from tests.lively_detr import parameters, subject

HEADS: dict[str, Any] = {"step": "prune-heads", "settings": {"count": 2, "stacks": ["encoder"]}}
STREAM: dict[str, Any] = {"step": "prune-channels", "settings": {"where": "stream", "keep": 0.5}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def made(settings_: dict[str, Any]) -> dict[str, Any]:
    """The entry that such a step leaves, as it comes back from a file."""
    cut = subject()
    step = STEPS[settings_["step"]]
    step.apply(cut, **settings_["settings"])
    entry: dict[str, Any] = json.loads(json.dumps(cut.surgery[0]))
    assert entry == cut.surgery[0]
    return entry


def refused(entry: Any, words: str) -> None:
    fresh = subject()
    step: Step = STEPS["prune-channels" if "stream" in str(entry["settings"]) else "prune-heads"]
    with pytest.raises(BadCheckpoint, match=words):
        step.reapply(fresh, entry)
    assert parameters(fresh.model) == parameters(subject().model)
    assert not fresh.surgery


Spoil = Callable[[list[Any]], object]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda kept: kept.append(8), "8 is not one of 0 to 7"),
        (lambda kept: kept.insert(0, -1), "-1 is not one of"),
        (lambda kept: kept.append(kept[-1]), "ascend without repeats"),
        (lambda kept: kept.reverse(), "ascend without repeats"),
        (lambda kept: kept.append("7"), "'7' is not one of"),
        (lambda kept: kept.append(7.0), "7.0 is not one of"),
        (lambda kept: kept.insert(0, True), "True is not one of"),
        (lambda kept: kept.clear(), "not empty"),
    ],
)
def test_indices_are_checked(spoil: Spoil, words: str) -> None:
    entry = made(HEADS)
    spoil(entry["kept"]["encoder.3.self_attn"])
    refused(entry, words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kept": None}, "no mapping"),
        ({"kept": []}, "no mapping"),
        ({"kept": {}}, "disagree on the groups"),
        ({"version": 2}, "version 2"),
        ({"step": "drop-layers"}, "drop-layers"),
        ({"settings": None}, "unknown settings"),
        ({"settings": {"keep": "half", "stacks": ["encoder"]}}, "float|number"),
        ({"settings": {"count": 2, "stacks": ["encoder"], "colour": 1}}, "unknown settings"),
        ({"settings": {"count": "2", "stacks": ["encoder"]}}, "int"),
        ({"settings": {"count": 2, "stacks": "encoder"}}, "list"),
        ({"settings": {"count": 2, "stacks": ["decoder"]}}, "disagree on the groups"),
    ],
)
def test_entries_are_checked(change: dict[str, Any], words: str) -> None:
    refused({**made(HEADS), **change}, words)


def test_a_setting_without_a_default_must_be_told() -> None:
    refused({**made(STREAM), "settings": {"where": "stream"}}, "float|number")


def test_heads_of_one_attention_stay_equally_wide() -> None:
    entry = made(STREAM)
    kept = entry["kept"]["encoder.0.self_attn.value"]
    kept[kept.index(max(kept))] = next(index for index in range(8) if index not in kept)
    kept.sort()
    refused(entry, "heads would differ in width")


def test_queries_and_values_stay_equally_wide() -> None:
    entry = made(STREAM)
    entry["kept"]["encoder.0.self_attn.value"] = list(range(64))
    refused(entry, "queries and values would differ")


@settings(max_examples=200, deadline=None)
@given(entry=st.dictionaries(st.sampled_from(["step", "version", "kept", "settings"]), JSON))
def test_whatever_is_no_entry_is_refused_as_such(entry: dict[str, Any]) -> None:
    with pytest.raises(BadCheckpoint):
        kept_of(("prune-heads", 1), entry, {"encoder": 8})
