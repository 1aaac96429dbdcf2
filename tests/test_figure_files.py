"""`benchbench figures` as a person calls it: what is written where, and the same again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.errors import BenchbenchError, UnknownName
from benchbench.figure_files import Wish, made, show, written
from benchbench.flow import Request
from tests.end_to_end.conftest import SUITE
from tests.report import accounts


def test_each_figure_lies_beside_its_numbers(tmp_path: Path) -> None:
    files = written(accounts.account(), tmp_path / "out", ("svg", "png"), 1, 72)
    stems = {path.stem for path in files} - {"figures"}
    assert "detr-AP-macs-stand-in" in stems
    names = {f"{stem}.{ending}" for stem in stems for ending in ("svg", "png", "csv")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names | {"figures.tex"}
    assert "detr-AP-macs-stand-in.png" in (tmp_path / "out" / "figures.tex").read_text(encoding="ascii")


def test_the_same_again_gives_the_same_bytes(tmp_path: Path) -> None:
    account = accounts.account()
    for name in ("one", "two"):
        written(account, tmp_path / name, ("svg", "pdf", "png"), 1, 72)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_figures_are_dated_by_their_newest_record() -> None:
    later = replace(accounts.account(), at="2031-01-01T00:00:00+00:00")
    assert later.lasting.at == "2026-11-22T11:50:00"


def test_pdflatex_takes_no_svg(tmp_path: Path) -> None:
    written(accounts.account(), tmp_path, ("svg",), 1, 72)
    assert not (tmp_path / "figures.tex").exists()


def test_hostile_scales_stay_in_the_folder(tmp_path: Path) -> None:
    given = accounts.account()
    evil = {"full": "../../up", "stand-in": "/etc/x"}
    entries = tuple(
        replace(each, trial=replace(each.trial, scale=replace(each.trial.scale, name=evil[each.trial.scale.name])))
        for each in given.entries
    )
    scales = tuple(replace(each, name=evil[each.name]) for each in given.suite.scales)
    account = replace(given, suite=replace(given.suite, scales=scales), entries=entries, verdicts=())
    files = written(account, tmp_path / "a" / "out", ("png",), 1, 72)
    assert {path.resolve().parent for path in files} == {tmp_path / "a" / "out"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    (tmp_path / "small.yaml").write_text(SUITE, encoding="utf-8")
    return Request(str(tmp_path / "small.yaml"), records=tmp_path / "records")


def test_unknown_formats_are_refused(request_: Request) -> None:
    with pytest.raises(UnknownName, match="did you mean 'pdf'"):
        made(Wish(request_, formats=("pfd",)))


def test_nothing_measured_is_nothing_drawn(request_: Request, tmp_path: Path) -> None:
    with pytest.raises(BenchbenchError, match="nothing to draw"):
        made(Wish(request_, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_program_reads_what_was_written(
    request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flow, "account", lambda *_, **__: accounts.account())
    show(Wish(request_, tmp_path / "out", ("png",), dpi=72), as_json=True)
    told = json.loads(capsys.readouterr().out)["files"]
    assert told
    assert all(Path(path).is_file() for path in told)
