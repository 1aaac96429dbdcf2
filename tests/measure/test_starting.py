"""Runtimes as a condition: what is skipped, what is refused, and whole cohorts under ONNX Runtime."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.catalog import onnx_export
from benchbench.catalog.agreement import Agreeing
from benchbench.errors import CannotRun
from benchbench.lineage import Lineage
from benchbench.measure import measure, versions
from benchbench.measure.build import Workshop
from benchbench.measure.job import Progress, Result, Work
from benchbench.measure.shelves import CATALOG
from benchbench.measure.starting import starting, unstarted
from benchbench.types import (
    Budget,
    Cohort,
    Condition,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Scale,
    Skipped,
    Trial,
    Use,
    Variant,
)

TINY: dict[str, Json] = {
    **{"hidden": 48, "layers": 3, "heads": 6, "mlp": 64, "patch": 8, "image": 64, "classes": 20},
}
SCALE = Scale(
    "tiny",
    "Tiny",
    "vit",
    "random",
    Use("glyphs", {"seed": 1, "count": 5}),
    architecture=TINY,
    input={"side": 64},
    timing=(64, 64),
)
BASE = Variant("base", "Base")
CUT = Variant(
    "cut",
    "Cut",
    (Use("prune-heads", {"keep": 0.5}), Use("prune-channels", {"where": "feed-forward", "keep": 0.5})),
)
ORT = Condition(batch=2, threads=1, runtime="onnxruntime")


def cohort(probe: str, condition: Condition = ORT, *variants: Variant) -> Cohort:
    use = ProbeUse(probe, {}, condition)
    return Cohort(SCALE, use, BASE, tuple(Trial(each, SCALE, use) for each in variants or (BASE, CUT)))


def trial(probe: str, runtime: str = "onnxruntime", variant: Variant = BASE) -> Trial:
    return cohort(probe, replace(ORT, runtime=runtime), variant).trials[0]


def work(folder: Path) -> Work:
    kept = folder / "artifacts"
    return Work(folder / "journal", "run-1", Budget(0, 5, 0.5), 1, 20, artifacts=kept, shipped=None)


def outcomes(found: Cohort, folder: Path) -> tuple[dict[str, Result], list[str]]:
    events = list(measure(found, work(folder)))
    told = [event.text for event in events if isinstance(event, Progress)]
    return {event.trial.variant.name: event for event in events if isinstance(event, Result)}, told


def measurements(result: Result) -> dict[str, Measurement]:
    assert isinstance(result.outcome, Measured), result.outcome
    return {each.metric: each for each in result.outcome.measurements}


@pytest.mark.integration
def test_a_timed_cohort_in_onnx_runtime(tmp_path: Path) -> None:
    found, told = outcomes(cohort("latency"), tmp_path)
    for name in ("base", "cut"):
        latency = measurements(found[name])["latency_ms"]
        assert len(latency.samples) >= 5
        assert set(latency.columns) >= {"reference", "twin"}
        runtime = found[name].facts["runtime"]
        assert isinstance(runtime, dict)
        assert (runtime["name"], runtime["exporter"], runtime["exports"]) == ("onnxruntime", "torchscript", 1)
        deviation = runtime["deviation"]
        assert isinstance(deviation, dict)
        assert 0 <= float(str(deviation["logits"])) < 1e-4
        assert isinstance(found[name].outcome, Measured)
        assert found[name].versions["runtime onnxruntime"] == "1"
    assert [text for text in told if text.startswith("exporting")] == [
        *("exporting base", "exporting base (twin)", "exporting cut"),
    ]


@pytest.mark.integration
def test_a_scored_cohort_in_onnx_runtime_scores_what_eager_does(tmp_path: Path) -> None:
    """Five images in batches of two: the last batch is smaller."""
    compared, _ = outcomes(cohort("top1", replace(ORT, runtime="eager")), tmp_path / "eager")
    found, told = outcomes(cohort("top1"), tmp_path / "onnxruntime")
    for name in ("base", "cut"):
        assert measurements(found[name]) == measurements(compared[name])
        assert "runtime" not in compared[name].facts
        assert isinstance(found[name].facts["runtime"], dict)
    assert "exporting cut" in told


@pytest.mark.integration
def test_size_and_memory_are_those_of_what_is_deployed(tmp_path: Path) -> None:
    eager, _ = outcomes(cohort("size", replace(ORT, runtime="eager"), CUT), tmp_path / "eager")
    found, _ = outcomes(cohort("size", ORT, CUT), tmp_path / "size")
    one, other = measurements(found["cut"]), measurements(eager["cut"])
    assert one["params"] == other["params"]
    assert one["file_mib"] != other["file_mib"]
    assert isinstance(found["cut"].outcome, Measured)
    assert any("file: ONNX, opset" in note for note in found["cut"].outcome.notes)
    memory, _ = outcomes(cohort("peak-memory", ORT, CUT), tmp_path / "memory")
    held, beside = (
        measurements(memory["cut"]),
        measurements(
            outcomes(cohort("peak-memory", replace(ORT, runtime="eager"), CUT), tmp_path / "beside")[0]["cut"]
        ),
    )
    assert set(held) == {"peak_memory_mib", "activation_mib"}
    # PyTorch alone is larger than all that ONNX Runtime needs.
    assert 20 < held["peak_memory_mib"].samples[0] < 0.7 * beside["peak_memory_mib"].samples[0]


def test_what_is_missing_is_skipped_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unstarted(trial("latency")) is None
    monkeypatch.setattr(onnx_export, "find_spec", lambda _: None)
    lineage = Lineage({})
    assert lineage.hindrance(trial("latency")) == Skipped(
        "onnx and onnxscript: not installed", 'pip install "benchbench[onnx]"'
    )
    assert lineage.hindrance(trial("latency", "eager")) is None
    monkeypatch.setenv("CXX", "no-such-compiler")
    skipped = lineage.hindrance(trial("latency", "compiled"))
    assert isinstance(skipped, Skipped)
    assert "no-such-compiler" in skipped.reason


@pytest.mark.parametrize("probe", ["layers", "encoder-latency", "train-step", "train-memory"])
def test_a_probe_that_looks_inside_is_for_eager(probe: str) -> None:
    skipped = unstarted(trial(probe))
    assert isinstance(skipped, Skipped)
    assert skipped.reason == f"{probe} looks inside the model, and 'onnxruntime' shows nothing of it"
    assert skipped.remedy == f"declare {probe} with `condition: {{runtime: eager}}`"
    assert unstarted(trial(probe, "eager")) is None


def test_a_step_that_another_runtime_runs_is_for_that_one() -> None:
    variant = Variant("int8", "Int8", (Use("quantise", {"scheme": "dynamic", "backend": "onnxruntime"}),))
    skipped = unstarted(trial("latency", "eager", variant))
    assert isinstance(skipped, Skipped)
    assert "'quantise' of 'int8' runs in onnxruntime only" in skipped.reason
    assert skipped.remedy == "declare latency with `condition: {runtime: onnxruntime}`"
    assert unstarted(trial("latency", "onnxruntime", variant)) is None
    assert unstarted(trial("flops", "eager", variant)) is None


def test_counts_are_the_same_in_every_runtime_and_start_none() -> None:
    workshop = Workshop(CATALOG)
    workshop.open(cohort("flops"))
    counted = workshop.build(trial("flops")).subject
    assert counted.executable is None
    workshop.open(cohort("latency"))
    timed = workshop.build(trial("latency")).subject
    assert timed is counted
    assert isinstance(timed.executable, Agreeing)
    assert "runtime onnxruntime" not in versions(trial("flops"))


def test_what_must_not_run_is_not_built_either(monkeypatch: pytest.MonkeyPatch) -> None:
    workshop = Workshop(CATALOG)
    workshop.open(cohort("latency"))
    monkeypatch.setattr(onnx_export, "find_spec", lambda _: None)
    with pytest.raises(CannotRun, match="not installed"):
        workshop.build(trial("latency"))


def test_versions_name_the_runtime_and_its_libraries() -> None:
    found = versions(trial("latency"))
    assert found["runtime onnxruntime"] == "1"
    assert {"onnx", "onnxruntime", "onnxscript"} <= set(found)
    eager = versions(trial("latency", "eager"))
    assert not {name for name in eager if "runtime" in name or "onnx" in name}
    assert starting(trial("latency")) == "exporting base"
    assert starting(trial("latency", "compiled")) == "compiling base"
