"""Shipped suites are found by name and by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.errors import UnknownName
from benchbench.shipped import find_suite, shelf, suites


@pytest.mark.parametrize("name", ["detr", "detr.yaml", "suites/detr.yaml"])
def test_a_shipped_suite_has_many_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_suite(name) == shelf() / "detr.yaml"


def test_a_file_of_ones_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detr.yaml").write_text("suite: mine")
    assert find_suite("detr.yaml").read_text() == "suite: mine"


def test_a_misspelt_suite_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName) as error:
        find_suite("suites/quikstart.yaml")
    assert "quickstart" in error.value.hint


def test_a_file_of_the_name_is_suggested_before_a_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host.yaml").write_text("suite: host")
    with pytest.raises(UnknownName) as error:
        find_suite("host")
    assert error.value.hint == "did you mean './host.yaml'?"


def test_other_folders_are_not_searched_for_shipped_ones() -> None:
    with pytest.raises(UnknownName):
        find_suite("elsewhere/detr.yaml")


def test_every_suite_has_a_title() -> None:
    assert all(suites().values())
    assert set(suites()) >= {"detr", "quickstart"}
