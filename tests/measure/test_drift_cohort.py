"""Drift in real processes: what the engine lends, what it refuses, and the small models that ship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.measure import measure
from benchbench.measure.crew import Crew
from benchbench.measure.job import Result
from benchbench.types import Cohort, Condition, Failed, Measured, ProbeUse, Scale, Trial, Variant
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, misbehaving, results, samples, use, variant, work

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def shipped() -> Iterator[Crew]:
    """Workers with the real catalog."""
    with Crew() as crew:
        yield crew


ITSELF = {"drift_cosine": (1.0,), "drift_relative": (0.0,), "drift_max_abs": (0.0,), "drift_agreement": (1.0,)}


def measured(cohort: Cohort, folder: Path, crew: Crew) -> dict[str, Result]:
    return results(list(measure_toys(cohort, work(folder), crew)))


def notes(result: Result) -> tuple[str, ...]:
    assert isinstance(result.outcome, Measured), result.outcome
    return result.outcome.notes


def error(result: Result) -> str:
    assert isinstance(result.outcome, Failed), result.outcome
    return result.outcome.error


def test_each_variant_is_set_against_the_reference(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("drift", BASE, SMALL), tmp_path, crew)
    assert samples(found["base"]) == ITSELF
    assert notes(found["base"])[0] == "drift over 2 random inputs; no calibration images are at hand"
    assert samples(found["small"])["drift_relative"][0] > 0.01
    assert samples(found["small"])["drift_max_abs"][0] > 0
    assert found["small"].facts["reference"] == "base"


def test_the_reference_need_not_be_among_those_to_do(tmp_path: Path, crew: Crew) -> None:
    whole = measured(cohort("drift", BASE, SMALL), tmp_path, crew)
    rest = measured(cohort("drift", SMALL), tmp_path, crew)
    assert rest["small"].outcome == whole["small"].outcome


def test_images_are_decoded_once_for_the_cohort(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    dots = use("dots", count=9, split="others", trace=str(trace))
    asked = cohort("drift", BASE, SMALL, calibration=dots, batch=2, settings={"images": 5})
    found = measured(asked, tmp_path, crew)
    assert trace.read_text().split() == list("01234")
    assert notes(found["small"])[0] == "drift over 5 calibration images"
    assert samples(found["base"]) == ITSELF


def test_what_fails_fails_alone(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("drift", BASE, misbehaving("nan"), misbehaving("throw"), SMALL), tmp_path, crew)
    assert error(found["nan"]) == "'output': 2 of 2 values are not finite (100 %)"
    assert error(found["throw"]) == "RuntimeError: thrown in the forward pass"
    assert samples(found["base"]) == ITSELF
    assert isinstance(found["small"].outcome, Measured)


def test_a_reference_that_cannot_be_built_is_named(tmp_path: Path, crew: Crew) -> None:
    asked = replace(cohort("drift", SMALL), reference=variant("none", layers=0))
    message = error(measured(asked, tmp_path, crew)["small"])
    assert message.startswith("the reference 'none' cannot be compared with: ")


def test_random_weights_are_no_models_outputs(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("drift", BASE, variant("wide", width=16)), tmp_path, crew)
    assert samples(found["base"]) == ITSELF
    assert "architecture is not the checkpoint's" in error(found["wide"])


STAND_INS = {
    "detr": Scale(
        "stand-in",
        "",
        "detr",
        "stand-in",
        use("shapes", seed=1, count=2),
        input={"shorter": 96, "longer": 96},
        timing=(96, 96),
        calibration=use("shapes", seed=3, count=8),
    ),
    "depth-anything": Scale(
        "stand-in",
        "",
        "depth-anything",
        "stand-in",
        use("rooms", seed=1, count=2),
        input={"shorter": 98},
        timing=(98, 98),
        calibration=use("rooms", seed=3, count=4),
    ),
    "vit": Scale(
        "stand-in",
        "",
        "vit",
        "stand-in/ti",
        use("glyphs", seed=1, count=2),
        input={"side": 48, "resizer": "bicubic", "antialias": True},
        timing=(48, 48),
        calibration=use("glyphs", seed=3, count=20),
    ),
}


@pytest.mark.parametrize("family", STAND_INS)
def test_the_models_that_ship_drift_little_when_quantised_and_far_when_cut(
    family: str, tmp_path: Path, shipped: Crew
) -> None:
    scale, probe = STAND_INS[family], ProbeUse("drift", {"images": 8}, Condition(batch=4, threads=1))
    variants = (
        BASE,
        variant("int8", use("quantise", scheme="weight-only")),
        variant("cut", use("prune-heads", keep=0.5)),
    )
    asked = Cohort(scale, probe, BASE, tuple(Trial(each, scale, probe) for each in variants))
    found = results(list(measure(asked, work(tmp_path), shipped)))
    assert samples(found["base"]) == ITSELF
    assert "outputs are identical to the reference's" in notes(found["base"])
    int8, cut = samples(found["int8"]), samples(found["cut"])
    assert 0.999 < int8["drift_cosine"][0] < 1
    assert cut["drift_cosine"][0] < int8["drift_cosine"][0]
    assert 0.9 < int8["drift_agreement"][0] <= 1
    assert 0 < int8["drift_relative"][0] < cut["drift_relative"][0]


@pytest.mark.slow
def test_another_runtime_is_set_against_the_eager_reference(tmp_path: Path, shipped: Crew) -> None:
    pytest.importorskip("onnxruntime")
    condition = Condition(batch=4, threads=1, runtime="onnxruntime")
    scale, probe = STAND_INS["vit"], ProbeUse("drift", {"images": 8}, condition)
    asked = Cohort(scale, probe, BASE, (Trial(BASE, scale, probe),))
    found = results(list(measure(asked, work(tmp_path), shipped)))["base"]
    assert 0 < samples(found)["drift_relative"][0] < 1e-3
    assert samples(found)["drift_agreement"] == (1.0,)
    assert "the reference is computed eagerly in float32" in notes(found)
    other = replace(probe, condition=replace(condition, runtime="eager", dtype="bfloat16"))
    half = Cohort(scale, other, BASE, (Trial(BASE, scale, other),))
    found = results(list(measure(half, work(tmp_path), shipped)))["base"]
    assert 1e-4 < samples(found)["drift_relative"][0] < 0.2


def test_a_variant_of_another_size_is_no_failure(tmp_path: Path, crew: Crew) -> None:
    other = Variant("other", "Other", checkpoints={"toys": "here"}, architecture={"outputs": 2})
    result = measured(cohort("drift", BASE, other), tmp_path, crew)["other"]
    assert samples(result) == {}
    assert notes(result)[-1] == "not comparable with the reference: 'output' is (2, 2), the reference's (2, 1)"
