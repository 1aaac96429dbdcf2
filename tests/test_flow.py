"""Plans: what is skipped and why, what counts as known, how time is divided. Nothing is measured here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.catalog.probes import PROBES
from benchbench.errors import BenchbenchError
from benchbench.lineage import Lineage, code, metrics
from benchbench.record import Store
from benchbench.shipped import find_suite
from benchbench.timetable import divide, duration
from benchbench.types import Budget, Entry, Failed, Measured, Measurement, Record, Skipped, Use, Variant


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("BENCHBENCH_DATA", raising=False)


def request(tmp_path: Path, **settings: object) -> flow.Request:
    return replace(flow.Request("quickstart", records=tmp_path / "records"), **settings)  # type: ignore[arg-type]


def kept(entry: Entry, key: str) -> Record:
    """A record as a measurement would leave it."""
    outcome = Measured((Measurement("params", (1.0,)),))
    return Record(key, entry.trial, outcome, {}, {}, {}, "run", "2026-01-01T00:00:00.000+00:00")


def test_accuracy_is_skipped_with_the_command_that_would_enable_it(tmp_path: Path) -> None:
    laid = flow.plan(flow.Request("detr", select="full and coco-ap", records=tmp_path))
    assert not laid.cohorts
    outcomes = [entry.outcome for entry in laid.entries]
    assert all(isinstance(outcome, Skipped) and outcome.remedy for outcome in outcomes)


def test_what_a_record_tells_is_not_measured_again(tmp_path: Path) -> None:
    asked = request(tmp_path, select="size")
    before = flow.plan(asked)
    [entry] = [entry for entry in before.entries if entry.trial.variant.name == "heads"]
    Store(asked.records).append(kept(entry, before.keys[entry.trial.identity]))
    after = flow.plan(asked)
    [cohort] = after.cohorts
    assert {trial.variant.name for trial in cohort.trials} == {"base", "layers", "channels", "combined"}
    assert len(flow.plan(replace(asked, fresh=True)).cohorts[0].trials) == 5


def test_what_the_default_budget_leaves_out_stands_once_it_was_measured(tmp_path: Path) -> None:
    """`run --all` and `run -k onnxruntime` are not forgotten by the next default run's page."""
    asked = request(tmp_path, overrides=("probes.0=size: {variants: [base, layers]}",), select="size")
    everything = flow.plan(replace(asked, everything=True))
    [aside] = [entry for entry in everything.entries if entry.trial.variant.name == "heads"]
    before = next(entry for entry in flow.plan(asked).entries if entry.trial.variant.name == "heads")
    Store(asked.records).append(kept(aside, everything.keys[aside.trial.identity]))
    after = next(entry for entry in flow.plan(asked).entries if entry.trial.variant.name == "heads")

    assert isinstance(before.outcome, Skipped)
    assert isinstance(after.outcome, Measured)
    assert all(trial.variant.name != "heads" for cohort in flow.plan(asked).cohorts for trial in cohort.trials)


def test_a_variant_timed_later_has_the_reference_beside_it(tmp_path: Path) -> None:
    asked = request(tmp_path, select="latency")
    laid = flow.plan(asked)
    for entry in laid.entries:
        if entry.trial.variant.name != "combined":
            Store(asked.records).append(kept(entry, laid.keys[entry.trial.identity]))
    [cohort] = flow.plan(asked).cohorts
    assert [trial.variant.name for trial in cohort.trials] == ["base", "combined"]


def test_one_probe_under_two_conditions_is_two_cohorts(tmp_path: Path) -> None:
    asked = request(tmp_path, select="latency or throughput", overrides=("probes.4=latency: {condition: {batch: 8}}",))
    laid = flow.plan(asked)
    assert len(laid.cohorts) == 2
    assert len({entry.trial.identity for entry in laid.entries}) == len(laid.entries) == 10
    assert len(set(laid.keys.values())) == 10


def test_threads_are_spelled_out(tmp_path: Path) -> None:
    laid = flow.plan(request(tmp_path, select="latency"))
    assert all(trial.probe.condition.threads > 0 for cohort in laid.cohorts for trial in cohort.trials)


def test_cheap_kinds_come_first(tmp_path: Path) -> None:
    kinds = [PROBES[cohort.probe.name].kind for cohort in flow.plan(request(tmp_path)).cohorts]
    assert kinds == sorted(kinds, key=flow.ORDER.__getitem__)


def test_the_time_of_a_suite_is_divided_among_what_is_timed(tmp_path: Path) -> None:
    cohorts = flow.plan(request(tmp_path)).cohorts
    shares = divide(Budget(seconds=90.0), cohorts)
    timed = {cohort.identity: cohort for cohort in cohorts if PROBES[cohort.probe.name].kind == "timed"}
    assert sum(shares[identity].seconds for identity in timed) == pytest.approx(90.0)
    batches = {cohort.probe.name: shares[identity].seconds for identity, cohort in timed.items()}
    assert batches["throughput"] == pytest.approx(8 * batches["latency"])


def test_cohorts_of_large_images_have_as_many_rounds(tmp_path: Path) -> None:
    [small] = [cohort for cohort in flow.plan(request(tmp_path)).cohorts if cohort.label == "stand-in / latency"]
    full = replace(small, scale=replace(small.scale, name="full", checkpoint="owner/name", timing=(960, 960)))
    shares = divide(Budget(seconds=90.0), [small, full])
    assert sum(share.seconds for share in shares.values()) == pytest.approx(90.0)
    assert shares[full.identity].seconds > 50 * shares[small.identity].seconds


def test_no_plan_is_shorter_than_the_minimum_of_rounds(tmp_path: Path) -> None:
    cohorts = [one for one in flow.plan(request(tmp_path)).cohorts if PROBES[one.probe.name].kind == "timed"]
    least, more, ample = (duration(Budget(seconds, 10), cohorts) for seconds in (0.0, 0.001, 500.0))
    assert least == more
    assert duration(Budget(0.0, 20), cohorts) > least
    assert ample == pytest.approx(duration(Budget(0.0, 0), cohorts) + 500)


def test_scores_take_time_by_their_images_and_pixels(tmp_path: Path) -> None:
    scored = [cohort for cohort in flow.plan(request(tmp_path)).cohorts if PROBES[cohort.probe.name].kind == "scored"]
    [one] = [cohort for cohort in scored if cohort.scale.name == "stand-in"]

    def seconds(count: int | None, side: int, checkpoint: str = "stand-in") -> float:
        dataset = Use(one.scale.dataset.name, {"count": count})
        scale = replace(one.scale, dataset=dataset, timing=(side, side), checkpoint=checkpoint)
        return duration(Budget(), [replace(one, scale=scale)])

    start = seconds(0, 100)
    assert seconds(200, 100) - start == pytest.approx(2 * (seconds(100, 100) - start))
    assert seconds(100, 200) - start == pytest.approx(4 * (seconds(100, 100) - start))
    assert seconds(100, 100) < seconds(None, 100) < seconds(None, 100, "owner/name")


def test_timed_keys_know_the_machine_and_the_reference(tmp_path: Path) -> None:
    [cohort] = flow.plan(request(tmp_path, select="latency")).cohorts
    [size] = flow.plan(request(tmp_path, select="size")).cohorts
    here, there = Lineage({"cpu": "one"}), Lineage({"cpu": "another"})
    timed, exact = cohort.trials[1], size.trials[1]
    assert here.key(timed, cohort.reference) != there.key(timed, cohort.reference)
    assert here.key(exact, size.reference) == there.key(exact, size.reference)
    other = Variant("other", "Other", cohort.trials[2].variant.steps)
    assert here.key(timed, cohort.reference) != here.key(timed, other)
    assert here.key(exact, size.reference) == here.key(exact, other)


def test_a_title_or_a_place_changes_no_key(tmp_path: Path) -> None:
    plain = flow.plan(request(tmp_path))
    titled = flow.plan(request(tmp_path, overrides=("variants.heads.title=Another", "title=Another")))
    assert sorted(plain.keys.values()) == sorted(titled.keys.values())


def test_the_programs_own_version_changes_no_key(tmp_path: Path) -> None:
    [cohort] = flow.plan(request(tmp_path, select="size")).cohorts
    assert "benchbench" not in code(cohort.trials[0])
    assert "probe size" in code(cohort.trials[0])


def test_metrics_have_unique_names_and_know_their_probe() -> None:
    names = [metric.name for probe in PROBES for metric in PROBES[probe].metrics]
    assert len(names) == len(set(names))
    assert metrics()["latency_ms"].probe == "latency"


def test_lint_counts_only_what_needs_no_clock(tmp_path: Path) -> None:
    laid = flow.counted(flow.Request("detr", records=tmp_path))
    assert {cohort.probe.name for cohort in laid.cohorts} == {"size", "structure", "builds"}


@pytest.mark.parametrize("checkpoint", ["nosuch.pth", "./nosuch", "/nosuch/folder", "model.safetensors"])
def test_a_checkpoint_that_is_not_in_its_place_is_an_error(tmp_path: Path, checkpoint: str) -> None:
    with pytest.raises(BenchbenchError, match=r"nosuch|model"):
        flow.plan(request(tmp_path, overrides=(f"scales.stand-in.checkpoint={checkpoint}",)))


def test_a_folder_without_a_checkpoint_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BenchbenchError, match="some/model"):
        flow.plan(request(tmp_path, overrides=("scales.stand-in.checkpoint=some/model",)))


def test_a_cut_that_chooses_on_data_is_not_scored_without_any(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    lines = find_suite("quickstart").read_text(encoding="utf-8").splitlines()
    own.write_text("\n".join(line for line in lines if "calibration:" not in line), encoding="utf-8")
    laid = flow.plan(flow.Request(str(own), select="coco-ap", records=tmp_path / "records"))
    skipped = {entry.trial.variant.name: entry.outcome for entry in laid.entries if entry.outcome != flow.PENDING}
    assert set(skipped) == {"heads", "combined"}
    assert all("calibration" in str(outcome) for outcome in skipped.values())


def test_bad_data_fail_accuracy_and_nothing_else(tmp_path: Path) -> None:
    annotations = tmp_path / "annotations" / "instances_val2017.json"
    annotations.parent.mkdir()
    annotations.write_text('{"images": [', encoding="utf-8")
    asked = flow.Request(
        "detr",
        overrides=(f"scales.full.dataset.coco.root={tmp_path}", "scales.full.checkpoint=random"),
        select="full and base and (size or coco-ap)",
        records=tmp_path / "records",
    )
    laid = flow.plan(asked)
    assert [cohort.probe.name for cohort in laid.cohorts] == ["size"]
    assert {entry.trial.probe.name for entry in laid.entries if isinstance(entry.outcome, Failed)} == {"coco-ap"}


def test_counts_know_no_threads(tmp_path: Path) -> None:
    [cohort] = flow.plan(request(tmp_path, select="size")).cohorts
    trial, lineage = cohort.trials[0], Lineage({})
    other = replace(trial, probe=replace(trial.probe, condition=replace(trial.probe.condition, threads=7)))
    assert lineage.key(trial, cohort.reference) == lineage.key(other, cohort.reference)
