"""Other sets of records beside an account: what they have of its trials, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.baselines import described, made
from benchbench.beside import placed
from benchbench.commands import tell_beside
from benchbench.comparing import compare
from benchbench.errors import UnknownName
from benchbench.lineage import metrics
from benchbench.record import Store
from benchbench.report import Account, render
from benchbench.sides import side
from benchbench.types import Document, Entry, Judgement, Measured, Measurement, Skipped, Suite, Trial, Use, Variant
from benchbench.types.compared import Beside
from tests.kept_records import MACHINE, SCALE, kept, latency, settings, size, top1, trial
from tests.test_sides import git, standing_in

J = Judgement
RIGHT = [True] * 160 + [False] * 40


def account(records: Path, names: Iterable[str] = ("base", "small"), skipped: Iterable[Trial] = ()) -> Account:
    """The account of a suite of these variants, from what the folder holds."""
    variants = tuple(Variant(name, name) for name in names)
    suite = Suite("made-up", "Made up", "made-up.yaml", "vit", "base", Document("none"), (SCALE,), variants, ())
    found = [Entry(record.trial, record.outcome, record) for record in Store(records).latest().values()]
    found += [Entry(each, Skipped("no data here", "fetch")) for each in skipped]
    return Account(suite, tuple(found), (), metrics(), MACHINE, "run", "2026-11-22", "0")


def beside(tmp_path: Path, *names: str, now: Account | None = None) -> tuple[Beside, ...]:
    own = tmp_path / "records"
    with standing_in(tmp_path):
        return placed(now or account(own), names, Store(own)).beside


def judged(found: Beside) -> dict[tuple[str, str], Judgement]:
    return {(change.variant, change.metric.name): change.judgement for change in found.changes.values()}


def test_changes_are_those_of_a_comparison_of_the_same_records(tmp_path: Path) -> None:
    for folder, factor, params in ((tmp_path / "old", 0.7, 100), (tmp_path / "records", 0.95, 101)):
        latency(folder, factor, seed=params)
        size(folder, params)
        top1(folder, RIGHT)
    (found,) = beside(tmp_path, "old")
    told = compare(side("a", tmp_path / "old"), side("b", tmp_path / "records"))
    assert sorted(found.comparison.changes, key=str) == sorted(told.changes, key=str)
    assert judged(found) == {
        ("small", "latency_ms"): J.REGRESSION,
        ("base", "params"): J.REGRESSION,
        ("base", "top1"): J.EQUIVALENT,
    }
    of = trial("size").identity
    assert found.change(of, "params") is not None
    assert found.entries[of].outcome == Measured((Measurement("params", (100.0,)),))
    assert (found.name, found.folder) == ("old", "old")


def test_the_oldest_stands_first_and_each_once(tmp_path: Path) -> None:
    for name, at in (("new", "2026-11-20"), ("older", "2026-10-01"), ("records", "2026-11-22")):
        size(tmp_path / name, 1, at=at)
    assert [each.name for each in beside(tmp_path, "new", "older", "new")] == ["older", "new"]


def test_of_another_machine_times_are_there_and_not_compared(tmp_path: Path) -> None:
    latency(tmp_path / "other", 0.7, environment=settings(cpu="another"))
    latency(tmp_path / "records", 0.9)
    (found,) = beside(tmp_path, "other")
    (change,) = found.changes.values()
    assert (change.judgement, change.effect) == (J.NOT_COMPARABLE, None)
    assert change.why == "cpu: another | made-up"
    assert found.entries[trial("latency", "small").identity].record is not None


def test_one_probe_under_two_conditions_is_two_trials(tmp_path: Path) -> None:
    """Of one label, so that only its identity tells one from the other."""
    one = trial("size")
    other = replace(one, probe=replace(one.probe, condition=replace(one.probe.condition, batch=8)))
    for folder, values in ((tmp_path / "old", (1, 20)), (tmp_path / "records", (1, 21))):
        for of, value in zip((one, other), values, strict=True):
            at = f"2026-11-2{of.probe.condition.batch}"
            kept(
                folder,
                of,
                Measured((Measurement("params", (float(value),)),)),
                at=at,
                key=f"{of.probe.condition.batch}",
            )
    (found,) = beside(tmp_path, "old")
    told = [found.change(each.identity, "params") for each in (one, other)]
    assert [each.judgement for each in told if each] == [J.EQUIVALENT, J.REGRESSION]


def test_of_several_recipes_of_a_name_the_reports_own_counts_else_the_newest(tmp_path: Path) -> None:
    def cut(folder: str, count: int, params: float, at: str) -> None:
        of = trial("size", "small", steps=(Use("prune-heads", {"count": count}),))
        kept(tmp_path / folder, of, Measured((Measurement("params", (params,)),)), at=at, key=f"{count}")

    cut("old", 4, 50, "2026-11-01")
    cut("old", 6, 70, "2026-11-02")
    cut("records", 4, 50, "2026-11-22")
    (found,) = beside(tmp_path, "old")
    assert judged(found) == {("small", "params"): J.EQUIVALENT}
    cut("newer", 5, 61, "2026-11-01")
    cut("newer", 6, 71, "2026-11-02")
    (found,) = beside(tmp_path, "newer")
    (change,) = found.changes.values()
    assert change.before
    assert change.before.value == 71
    assert "recipe changed" in change.why


def test_what_belongs_to_another_suite_is_left_out(tmp_path: Path) -> None:
    for folder in ("old", "records"):
        size(tmp_path / folder, 1)
    size(tmp_path / "old", 5, "of another suite")
    (found,) = beside(tmp_path, "old")
    assert judged(found) == {("base", "params"): J.EQUIVALENT}


def test_what_is_skipped_now_stands_there_and_is_nothing_to_compare(tmp_path: Path) -> None:
    for folder in ("old", "records"):
        size(tmp_path / folder, 1)
    top1(tmp_path / "old", RIGHT)
    now = account(tmp_path / "records", skipped=[trial("top1")])
    (found,) = beside(tmp_path, "old", now=now)
    change = found.change(trial("top1").identity, "top1")
    assert change is not None
    assert (change.judgement, change.why) == (J.INSUFFICIENT_DATA, "recorded before, and not now")
    assert found.entries[trial("top1").identity].record is not None


def test_a_baseline_and_a_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "nights")
    size(tmp_path / "kept", 3, at="2026-11-20")
    git(tmp_path, "add", "kept")
    git(tmp_path, "commit", "-qm", "a night")
    size(tmp_path / "records" / "baselines" / "nightly", 2, at="2026-11-21")
    size(tmp_path / "records", 1)
    found = beside(tmp_path, "nightly", "nights:kept")
    assert [(each.name, each.folder) for each in found] == [
        ("revision nights:kept", ""),
        ("baseline nightly", str(tmp_path / "records" / "baselines" / "nightly")),
    ]
    assert [list(judged(each).values()) for each in found] == [[J.IMPROVEMENT], [J.IMPROVEMENT]]


def test_what_is_nothing_is_refused(tmp_path: Path) -> None:
    size(tmp_path / "records", 1)
    with pytest.raises(UnknownName, match="no folder, no baseline and no git revision"):
        beside(tmp_path, "no such thing")


@pytest.mark.parametrize(
    ("suite", "expected"),
    [("", ""), ("made-up", ""), ("suites/made-up.yaml", ""), ("other.yaml", "kept of another suite, other.yaml")],
)
def test_a_baseline_of_another_suite_is_told(tmp_path: Path, suite: str, expected: str) -> None:
    size(tmp_path / "records", 1)
    store = Store(tmp_path / "records")
    made(store, list(store.records()), described("nightly", suite, ""), force=False)
    (found,) = beside(tmp_path, "nightly")
    assert (found.warning, found.entries != {}) == (expected, True)
    page = render(replace(account(tmp_path / "records"), beside=(found,)), "markdown")
    assert ("kept of another suite" in page) == bool(expected)


def test_records_of_nothing_here_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size(tmp_path / "elsewhere", 5, "of another suite")
    size(tmp_path / "records", 1)
    (found,) = beside(tmp_path, "elsewhere")
    assert found.warning == "nothing of this suite"
    assert "nothing of this suite" in render(replace(account(tmp_path / "records"), beside=(found,)), "markdown")
    tell_beside((found, replace(found, entries={"any": account(tmp_path / "records").entries[0]})))
    assert capsys.readouterr().err == "warning: elsewhere: nothing of this suite\n"


def test_it_stands_on_the_page(tmp_path: Path) -> None:
    size(tmp_path / "old", 100)
    size(tmp_path / "records", 150)
    now = replace(account(tmp_path / "records"), beside=beside(tmp_path, "old"))
    page = render(now, "markdown")
    assert "## Runs side by side" in page
    assert "| base | Parameters | 100 | 150 | +50.0" in page
    assert "✗ regression" in page
