"""A shipped suite asked for on another device: what is planned, what is skipped, and under which names it lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.catalog.nvidia import at_hand
from benchbench.errors import InvalidSuite
from benchbench.lineage import Lineage, on_processor
from benchbench.measure import devices
from benchbench.options import changes
from benchbench.types import Condition, ProbeUse, Skipped, Trial
from tests.measure.graphics import CARD, OLD, surroundings

NO_GPU = pytest.mark.skipif(bool(at_hand()), reason="there is a GPU here: what it would be skipped for, it is not")
RUNNING = {"latency", "throughput", "peak-memory", "coco-ap"}


def request(folder: Path, device: str = "", dtype: str = "", *more: str) -> flow.Request:
    return flow.Request("quickstart", changes(more, device, dtype), everything=True, records=folder)


def test_options_are_changes_of_the_suite() -> None:
    assert changes(["a.b=c"], "cuda:1", "") == ("a.b=c", "condition.device=cuda:1")
    assert changes(None, "", "float16") == ("condition.dtype=float16",)
    assert changes(None, "", "") == ()


@NO_GPU
@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_without_a_gpu_whatever_runs_is_skipped_with_the_reason(tmp_path: Path, device: str) -> None:
    laid = flow.plan(request(tmp_path, device))
    of_gpu = [entry for entry in laid.entries if entry.trial.probe.name in RUNNING]
    assert of_gpu
    for entry in of_gpu:
        assert isinstance(entry.outcome, Skipped)
        assert entry.outcome.reason.startswith(f"no CUDA device '{device}'")
        assert entry.outcome.remedy
    assert {cohort.probe.name for cohort in laid.cohorts} & RUNNING == set()


@NO_GPU
def test_a_report_of_it_tells_the_same(tmp_path: Path) -> None:
    laid = flow.recorded(request(tmp_path, "cuda"))
    found = flow.account(laid, laid.entries)
    assert any(isinstance(entry.outcome, Skipped) and "no CUDA" in entry.outcome.reason for entry in found.entries)


def test_counts_stay_where_they_are(tmp_path: Path) -> None:
    suite = flow.read(request(tmp_path, "cuda", "bfloat16"))
    where = {use.name: use.condition for use in suite.probes}
    assert {where[name].device for name in ("size", "structure", "flops")} == {"cpu"}
    assert {where[name].device for name in RUNNING} == {"cuda"}
    assert {condition.dtype for condition in where.values()} == {"bfloat16"}


def test_what_a_probe_says_itself_stands(tmp_path: Path) -> None:
    own = "probes.3={latency: {condition: {device: cpu, batch: 2}}}"
    use = flow.read(request(tmp_path, "cuda", "float16", own)).probes[3]
    assert (use.name, use.condition) == ("latency", Condition("cpu", "float16", 2))


def test_without_the_options_nothing_is_changed(tmp_path: Path) -> None:
    usual = flow.read(request(tmp_path))
    assert usual.condition == Condition()
    assert {(use.condition.device, use.condition.dtype) for use in usual.probes} == {("cpu", "float32")}
    assert usual.page == "quickstart"


@pytest.mark.parametrize(
    ("device", "dtype", "page"),
    [
        ("cuda", "", "quickstart-cuda"),
        ("", "float16", "quickstart-float16"),
        ("cuda:1", "bfloat16", "quickstart-cuda1-bfloat16"),
    ],
)
def test_reports_of_both_lie_beside_each_other(tmp_path: Path, device: str, dtype: str, page: str) -> None:
    assert flow.read(request(tmp_path, device, dtype)).page == page


@pytest.mark.parametrize(("device", "dtype"), [("tpu", ""), ("cuda:x", ""), ("", "int8")])
def test_what_is_no_device_or_dtype_is_a_complaint(tmp_path: Path, device: str, dtype: str) -> None:
    with pytest.raises(InvalidSuite, match="condition"):
        flow.read(request(tmp_path, device, dtype))


def trial(tmp_path: Path, condition: Condition, probe: str = "latency") -> Trial:
    suite = flow.read(request(tmp_path))
    return Trial(suite.variants[0], suite.scales[0], ProbeUse(probe, condition=condition))


def test_a_timing_s_key_holds_the_device_s_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(asked: Trial, card: object) -> str:
        monkeypatch.setattr(
            "benchbench.lineage.device_signature", lambda device: {"gpu": card} if device != "cpu" else {}
        )
        return Lineage({"cpu": "some"}).key(asked, asked.variant)

    on_gpu, on_cpu = (trial(tmp_path, Condition(device)) for device in ("cuda", "cpu"))
    assert key(on_gpu, "Card") == key(on_gpu, "Card") != key(on_gpu, "Old Card")
    assert key(on_cpu, "Card") == key(on_cpu, "Old Card")
    assert key(on_gpu, "Card") != key(replace(on_gpu, probe=replace(on_gpu.probe, condition=Condition())), "Card")


def test_signatures_of_devices_differ_by_their_card() -> None:
    here = surroundings(CARD, OLD)
    assert devices.signature("cuda:0", here) != devices.signature("cuda:1", here)


def test_what_runs_nothing_is_on_the_processor() -> None:
    for name, device in (("recovery", "cpu"), ("builds", "cpu"), ("train-memory", "cuda"), ("layers", "cuda")):
        assert on_processor(ProbeUse(name, condition=Condition("cuda"))).condition.device == device
