"""Annotations that GitHub's runner reads, at most as many as it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchbench.report.ci import write_comparison
from benchbench.report.ci.cases import Case, Outcomes, Standing
from benchbench.report.ci.workflow_commands import MOST, write
from benchbench.types import Place
from tests.report.ci.outcomes import comparison, hostile, many

COMMAND = re.compile(r"::error (?P<properties>[^:]*)::(?P<message>.*)")


def test_only_what_failed_is_told() -> None:
    lines = write_comparison(comparison(), "github-annotations").splitlines()
    assert [line.partition(",")[0].split("%3A")[0] for line in lines] == [
        "::error title=regression",
        "::error title=failed",
    ]


def test_every_line_is_one_command_whatever_the_names() -> None:
    lines = write(hostile()).split("\n")
    assert lines.pop() == ""
    for line in lines:
        read = COMMAND.fullmatch(line)
        assert read
        assert all(re.fullmatch(r"(file|line|title)=[^=,]*.*", each) for each in read["properties"].split(","))


def test_beyond_what_github_shows_the_rest_is_counted() -> None:
    assert len(write(many(MOST)).splitlines()) == MOST
    lines = write(many(MOST + 1)).splitlines()
    assert len(lines) == MOST
    assert lines[-1].endswith("::2 more: see the step's summary")


def test_a_place_in_the_working_directory_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "suites").mkdir()
    for name in ("suites/a,b.yaml", "elsewhere.yaml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    inside = Case("g", "n", Standing.FAILED, "refuted", "why", place=Place("suites/a,b.yaml", 7, 1))
    (tmp_path / "below").mkdir()
    outside = Case("g", "n", Standing.FAILED, "refuted", "why", place=Place(str(tmp_path / "elsewhere.yaml"), 7, 1))
    assert write(Outcomes("o", "o", (inside,))).startswith("::error file=suites/a%2Cb.yaml,line=7,title=")
    monkeypatch.chdir(tmp_path / "below")
    assert write(Outcomes("o", "o", (outside,))).startswith("::error title=")
