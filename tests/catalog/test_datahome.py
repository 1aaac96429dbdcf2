"""Where data are looked for, in which order."""

from pathlib import Path

import pytest

from benchbench.catalog.datahome import home, incomplete, miscounted, nowhere, places


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHBENCH_DATA", "/data")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: Path("/cache") / name)


def test_the_variable_its_subfolder_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    assert places("nyu", "") == [Path("/data"), Path("/data/nyu"), Path("/cache/benchbench/nyu")]
    monkeypatch.delenv("BENCHBENCH_DATA")
    assert places("nyu", "") == [Path("/cache/benchbench/nyu")]


def test_a_root_is_the_only_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert places("nyu", "~/x") == [Path("/home/me/x")]


def test_the_first_that_holds_it() -> None:
    assert home("nyu", "", lambda place: place.name == "nyu") == Path("/data/nyu")
    assert home("nyu", "", lambda _: False) is None


def test_what_is_told() -> None:
    told = nowhere("x.mat", "nyu", "", "get it")
    assert told.reason == "x.mat is not below /data or /data/nyu or /cache/benchbench/nyu"
    assert told.remedy == "get it"
    assert miscounted("x", "nyu", 3, 1449).reason == "x has 3 images, the suite wants 1,449"
    told = incomplete(Path("/x"), list("abcd"), 9, "get it")
    assert told.reason == "4 of 9 files are missing or empty in /x: a, b, c, ..."
