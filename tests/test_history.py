"""Series out of records: nights in their order, machines apart, steps where they were planted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from benchbench.errors import BenchbenchError, UnknownName
from benchbench.history import Asked, history
from benchbench.nights import ABSOLUTE, TOO_FEW
from benchbench.record import Store
from benchbench.report.trend_page import step_text, trend_page
from benchbench.types import Failed, Measured, Measurement, Metric, ProbeUse, Record, Trial, Use
from benchbench.types.trended import History
from tests.nightly_records import HERE, counts, kept, latencies, timed

STEADY, SLOWER = [0.8] * 20, [0.8] * 20 + [0.92] * 15


def of(folder: Path, records: Iterable[Record], metric: str = "latency_ms", select: str = "") -> History:
    store = Store(folder)
    for record in records:
        store.append(record)
    return history(Asked(metric, select, folder))


def test_a_slowdown_is_found_in_the_ratio_though_the_machine_drifts(tmp_path: Path) -> None:
    [trend] = of(tmp_path, latencies(SLOWER)).trends
    [step] = trend.steps
    assert (step.first, step.last, step.worse, step.is_share, trend.is_paired) == (20, 19, True, True, True)
    assert step.size.low < 0.92 / 0.8 - 1 < step.size.high
    assert f"commit {19:040x}"[:19] in step_text(trend, step)
    assert f"commit {20:040x}"[:19] in step_text(trend, step)


def test_the_same_code_every_night_has_no_step(tmp_path: Path) -> None:
    [trend] = of(tmp_path, latencies(STEADY)).trends
    assert len(trend.nights) == 20
    assert not trend.steps
    assert sum(bool(night.ratio and night.ratio.low < 0.8 < night.ratio.high) for night in trend.nights) >= 16


def test_the_reference_has_no_ratio_and_says_so(tmp_path: Path) -> None:
    records = []
    for record in latencies(STEADY):
        assert isinstance(record.outcome, Measured)
        [found] = record.outcome.measurements
        records.append(replace(record, outcome=Measured((replace(found, samples=found.columns["reference"]),))))
    [trend] = of(tmp_path, records).trends
    assert not trend.is_paired
    assert trend.why == ABSOLUTE


def test_machines_are_never_mixed(tmp_path: Path) -> None:
    other = {**HERE, "cpu": "Another CPU", "torch": "2.14.0"}
    away = [replace(record, environment=other, run=f"{record.run}-b") for record in latencies([0.5] * 10)]
    found = of(tmp_path, [*latencies([0.8] * 10), *away])
    assert len(found.trends) == 2
    assert {len(trend.nights) for trend in found.trends} == {10}
    assert not [trend for trend in found.trends if trend.steps]
    [note] = found.notes
    assert "2 machines" in note
    assert "cpu, torch" in note


def test_counts_are_of_no_machine_and_any_change_is_a_step(tmp_path: Path) -> None:
    records = list(counts([100, 100, 90]))
    records[1] = replace(records[1], environment={**HERE, "cpu": "Another"})
    [trend] = of(tmp_path, records, "params").trends
    assert trend.machine == ""
    [step] = trend.steps
    assert step.size.value == pytest.approx(-0.1)
    assert (step.first, step.last, step.worse) == (2, 1, False)


def test_few_nights_are_shown_and_not_judged(tmp_path: Path) -> None:
    [trend] = of(tmp_path, latencies([0.8, 0.8, 2.0])).trends
    assert (len(trend.nights), trend.steps, trend.why) == (3, (), TOO_FEW)


def test_a_failed_night_stays_in_the_series(tmp_path: Path) -> None:
    failed = kept(timed(), 30, Failed("out of memory"))
    [trend] = of(tmp_path, [*latencies(STEADY), failed]).trends
    assert trend.nights[-1].why == "failed: out of memory"
    assert trend.nights[-1].estimate is None
    assert "out of memory" in trend_page(of(tmp_path, []))


def test_of_one_run_the_newest_record_counts(tmp_path: Path) -> None:
    first, second = counts([100, 100])
    again = replace(second, run=first.run, at="2026-01-01T23:00:00+00:00")
    [trend] = of(tmp_path, [first, again], "params").trends
    assert [night.at for night in trend.nights] == [again.at]


def test_another_recipe_is_another_series(tmp_path: Path) -> None:
    first, second = counts([100, 90])
    cut = replace(second.trial, variant=replace(second.trial.variant, steps=(Use("drop-layers", {"count": 1}),)))
    found = of(tmp_path, [first, replace(second, trial=cut)], "params")
    assert [len(trend.nights) for trend in found.trends] == [1, 1]
    steps = [trend.recipe.partition(" (")[0] for trend in found.trends]
    assert steps == ["drop-layers", "no steps"]
    assert len({trend.label for trend in found.trends}) == 2
    other = replace(second.trial, scale=replace(second.trial.scale, checkpoint="another"))
    found = of(tmp_path, [replace(second, trial=other, run="run-later")], "params")
    assert len({trend.label for trend in found.trends}) == 3
    assert [trend.recipe.split()[0] for trend in found.trends] == ["declared", "declared", "drop-layers"]


def test_what_changed_meanwhile_is_named(tmp_path: Path) -> None:
    first, second = counts([100, 90])
    [trend] = of(tmp_path, [first, replace(second, versions={"probe latency": "2"})], "params").trends
    assert trend.nights[1].changed == ("probe latency: 1 → 2",)
    assert "probe latency: 1 → 2" in step_text(trend, trend.steps[0])


def test_points_differ_and_are_no_share(tmp_path: Path) -> None:
    trial = Trial(timed().variant, timed().scale, ProbeUse("coco-ap"))
    draw = np.random.default_rng(0)
    values = draw.normal(0.42, 0.001, 24) - np.repeat([0.0, 0.02], 12)
    records = [kept(trial, night, Measured((Measurement("AP", (value,)),))) for night, value in enumerate(values)]
    [trend] = of(tmp_path, records, "AP").trends
    [step] = trend.steps
    assert (step.first, step.is_share, step.worse) == (12, False, True)
    assert "−2.0" in step_text(trend, step)


def test_selection_and_misspelt_metrics(tmp_path: Path) -> None:
    records = [*counts([1, 1]), *counts([2, 2], timed("layers", "size"))]
    assert [trend.variant for trend in of(tmp_path, records, "params", "layers").trends] == ["layers"]
    with pytest.raises(UnknownName, match="latency_ns"):
        history(Asked("latency_ns", "", tmp_path))
    with pytest.raises(BenchbenchError, match="profile"):
        history(Asked("layer_ms", "", tmp_path))
    with pytest.raises(BenchbenchError, match="no record"):
        history(Asked("latency_ms", "", tmp_path))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    trial = timed(evil)
    records = [replace(record, facts={"commit": evil}, run=evil + record.run) for record in latencies(SLOWER, trial)]
    page = trend_page(of(tmp_path, records))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_year_of_twenty_series_is_quick() -> None:
    from benchbench.nights import trend

    nights = [0.8] * 200 + [0.7] * 165
    metric = Metric("latency_ms", "latency", "ms", "lower", 1, probe="latency")
    series = [list(latencies(nights, timed(f"variant-{n}"), seed=n)) for n in range(20)]
    start = perf_counter()
    found = History(metric, tuple(trend(metric, records) for records in series))
    page = trend_page(found)
    assert perf_counter() - start < 20
    assert [len(each.steps) for each in found.trends] == [1] * 20
    assert page.count("<svg") == 40
