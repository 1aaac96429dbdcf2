"""A suspected slow-down is measured again in fresh processes: a planted one stays, a lonely one goes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Place

pytestmark = pytest.mark.integration


def heads(place: Place, folder: str) -> Path:
    (path,) = (place.folder / folder).glob("stand-in/latency/heads-*.json")
    return path


def scale(path: Path, factor: float) -> None:
    """Make what a record tells of its variant, and not of its reference, so many times as long."""
    told = json.loads(path.read_text(encoding="utf-8"))
    for measurement in told["outcome"]["measurements"]:
        measurement["samples"] = [factor * value for value in measurement["samples"]]
    path.write_text(json.dumps(told), encoding="utf-8")


def gate(place: Place, *words: str) -> tuple[int, dict[str, str], Sequence[str]]:
    ended = place.run("compare", "night", "--suite", "small.yaml", "-k", "latency", "--gate", "--json", *words)
    told = json.loads(ended.stdout)
    return ended.returncode, {each["variant"]: each["judgement"] for each in told["changes"]}, ended.stderr.splitlines()


def test_only_what_both_times_show_is_an_alarm(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "latency").returncode == 0
    assert place.run("baseline", "set", "night", "small.yaml").returncode == 0
    # Three times as slow as a baseline that was itself half again as slow: to be as slow once more by chance, the
    # second look would have to come out half again as slow as what it measures.
    scale(heads(place, "records/baselines/night"), 1.5)
    scale(heads(place, "records"), 4.5)
    code, found, _ = gate(place)
    assert (code, found["heads"]) == (4, "regression")
    code, found, words = gate(place, "--confirm")
    assert found["heads"] == "suspicious"
    assert code == 0
    assert any("2 trials are measured again" in line for line in words)
    scale(heads(place, "records/baselines/night"), 0.1)
    code, found, _ = gate(place, "--confirm")
    assert (code, found["heads"]) == (4, "regression")
