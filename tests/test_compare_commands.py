"""What `--suite` limits a comparison to, and what a suite skips now that was measured before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import compare_commands, flow
from benchbench.compare_commands import Asked, within
from benchbench.comparing import compare
from benchbench.sides import Side, place_of, side
from benchbench.types import Entry, Judgement, Measured, Measurement, Skipped
from tests.end_to_end.conftest import SUITE
from tests.kept_records import kept


@pytest.fixture
def plan(tmp_path: Path) -> flow.Plan:
    suite = tmp_path / "small.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    return flow.plan(flow.Request(str(suite), records=tmp_path / "none"))


def sides(tmp_path: Path, plan: flow.Plan) -> tuple[Side, Side]:
    """Everything of the suite's sizes before, nothing after."""
    for entry in plan.entries:
        if entry.trial.probe.name == "size":
            kept(tmp_path / "a", entry.trial, Measured((Measurement("params", (1.0,)),)))
    kept(tmp_path / "a", replace(plan.entries[0].trial, variant=replace(plan.entries[0].trial.variant, name="x")),
         Measured((Measurement("params", (1.0,)),)))  # fmt: skip
    return side("a", tmp_path / "a"), side("b", tmp_path / "b")


def asked(tmp_path: Path, select: str = "") -> Asked:
    return Asked("a", "b", suite=str(tmp_path / "small.yaml"), select=select)


def test_a_suite_limits_both_sides(tmp_path: Path, plan: flow.Plan) -> None:
    before, after = sides(tmp_path, plan)
    assert {entry.trial.variant.name for entry in before.entries.values()} == {"base", "heads", "x"}
    old, new = within(asked(tmp_path), before, after)
    assert {entry.trial.variant.name for entry in old.entries.values()} == {"base", "heads"}
    assert new.entries == {}
    chosen, _ = within(asked(tmp_path, "latency"), before, after)
    assert chosen.entries == {}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Skipped("the data are not here", "fetch"), Judgement.REGRESSION),
        (flow.PENDING, Judgement.INSUFFICIENT_DATA),
    ],
)
def test_skipped_now_and_measured_before_is_a_regression(
    tmp_path: Path, plan: flow.Plan, monkeypatch: pytest.MonkeyPatch, outcome: Skipped, expected: Judgement
) -> None:
    before, after = sides(tmp_path, plan)
    standing = tuple(Entry(entry.trial, outcome) for entry in plan.entries)
    monkeypatch.setattr(flow, "plan", lambda _: replace(plan, entries=standing))
    old, new = within(asked(tmp_path), before, after)
    found = compare(old, new).changes
    assert {change.judgement for change in found} == {expected}
    assert len(found) == len(old.entries) == 2
    assert all(place in {place_of(entry.trial) for entry in standing} for place in new.entries)


def test_a_recipe_that_has_changed_is_no_bug(tmp_path: Path, plan: flow.Plan) -> None:
    """Measured before under the name that another recipe has now: there is nothing of it in the plan."""
    heads = next(entry.trial for entry in plan.entries if entry.trial.variant.name == "heads")
    other = replace(heads, variant=replace(heads.variant, steps=()))
    kept(tmp_path / "a", other, Measured((Measurement("params", (1.0,)),)))
    old, new = within(asked(tmp_path), side("a", tmp_path / "a"), side("b", tmp_path / "b"))
    assert [entry.trial for entry in old.entries.values()] == [other]
    assert new.entries == {}


def test_annotations_stand_beside_the_lines_of_the_suite(
    tmp_path: Path, plan: flow.Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, params in (("a", 1.0), ("b", 2.0)):
        for entry in plan.entries:
            if entry.trial.probe.name == "size":
                kept(tmp_path / folder, entry.trial, Measured((Measurement("params", (params,)),)))
    lines = (tmp_path / "small.yaml").read_text(encoding="utf-8").splitlines()
    declared = {name: 1 + lines.index(next(line for line in lines if line.strip().startswith(f"{name}:")))
                for name in ("base", "heads")}  # fmt: skip
    wish = Asked("a", "b", gate=True, suite="small.yaml", form="github-annotations")
    assert compare_commands.compare(wish, tmp_path / "records", as_json=False) == 4
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(",title=")[0] for line in told] == [
        f"::error file=small.yaml,line={declared[name]}" for name in ("base", "heads")
    ]
    assert compare_commands.compare(replace(wish, suite=""), tmp_path / "records", as_json=False) == 4
    assert "file=" not in capsys.readouterr().out
