"""`benchbench history` as a person and as a program calls it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.errors import UnknownName
from benchbench.flow import Request, read
from benchbench.history_commands import Wish, show
from benchbench.record import Store
from benchbench.types import Use
from tests.nightly_records import SCALE, counts, kept, latencies, timed

SLOWER = [0.8] * 10 + [1.0] * 8


@pytest.fixture
def records(tmp_path: Path) -> Path:
    store = Store(tmp_path / "records")
    for record in latencies(SLOWER):
        store.append(record)
    return tmp_path / "records"


def test_a_person_reads_series_and_steps(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(Wish("latency_ms", records=records), None, as_json=False)
    told = capsys.readouterr()
    assert "heads" in told.out
    assert "A CPU" in told.out
    assert "step: small / latency / heads: +2" in told.err
    assert "1 step, 1 for the worse" in told.err


def test_a_program_reads_every_night(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(Wish("latency_ms", records=records), None, as_json=True)
    [trend] = json.loads(capsys.readouterr().out)["trends"]
    assert len(trend["nights"]) == len(SLOWER)
    assert trend["nights"][3]["commit"].endswith("3")
    [step] = trend["steps"]
    assert (step["first"], step["worse"]) == (10, True)


def test_a_recipe_is_named_where_names_collide(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(Wish("latency_ms", records=records), None, as_json=False)
    assert "recipe" not in capsys.readouterr().out
    cut = timed()
    cut = replace(cut, variant=replace(cut.variant, steps=(Use("drop-layers", {"count": 1}),)))
    Store(records).append(next(iter(latencies([0.5], cut))))
    show(Wish("latency_ms", records=records), None, as_json=False)
    told = capsys.readouterr().out
    assert "recipe" in told
    assert f"drop-layers ({cut.variant.digest})" in told
    assert f"no steps ({timed().variant.digest})" in told


def test_the_page_is_written(records: Path, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "trend.html"
    show(Wish("latency_ms", records=records), page, as_json=True)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_suite_limits_it_to_what_it_declares_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = Path("suites/quickstart.yaml").resolve()
    declared = read(Request(str(suite)))
    scale = next(scale for scale in declared.scales if scale.is_stand_in)
    variant = declared.variants[0]
    [first, second] = counts([100, 90])
    inside = first.trial.__class__(variant, scale, next(use for use in declared.probes if use.name == "size"))
    store = Store(tmp_path)
    store.append(kept(inside, 1, first.outcome))
    store.append(second)
    show(Wish("params", str(suite), records=tmp_path), None, as_json=True)
    [trend] = json.loads(capsys.readouterr().out)["trends"]
    assert (trend["variant"], trend["scale"]) == (variant.name, scale.name)
    assert SCALE.name != scale.name
    with pytest.raises(UnknownName):
        show(Wish("params", "no-such-suite", records=tmp_path), None, as_json=True)


def test_the_machine_is_told_beside_the_number(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(records).append(next(iter(latencies([0.8], timed("layers")))))
    show(Wish("latency_ms", select="layers", records=records), None, as_json=True)
    [trend] = json.loads(capsys.readouterr().out)["trends"]
    assert trend["machine"].startswith("A CPU, cores usable 2, threads 2, device cpu, torch 2.13.0 (")
    assert trend["why"].startswith("too few nights")
