"""Scored cohorts in real processes: one pass over the data, failures, kills and resuming."""

from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.formulas.rows import load
from benchbench.measure.crew import Crew
from benchbench.measure.job import Progress, Result
from benchbench.types import Cohort, Failed, Measured
from tests.measure.cohorts import BASE, SMALL, cohort, measure_toys, misbehaving, results, use, variant, work

pytestmark = pytest.mark.integration


def measured(cohort: Cohort, folder: Path, crew: Crew, keep: Path | None = None) -> dict[str, Result]:
    """Results; the rows attached to each are copied to `keep` at once, as the journal goes away."""
    found = []
    for event in measure_toys(cohort, work(folder), crew):
        if isinstance(event, Result) and keep:
            for name, path in event.attachments.items():
                (keep / f"{event.trial.variant.name}-{name}").write_bytes(path.read_bytes())
        found.append(event)
    return results(found)


def test_every_image_is_read_once_for_all_variants(tmp_path: Path, crew: Crew) -> None:
    trace = tmp_path / "trace"
    dots = use("dots", count=7, trace=str(trace))
    found = measured(cohort("accuracy", BASE, SMALL, dataset=dots), tmp_path, crew, tmp_path)
    assert trace.read_text().split() == list("0123456")
    for name in ("base", "small"):
        outcome = found[name].outcome
        assert isinstance(outcome, Measured)
        rows = load(tmp_path / f"{name}-rows.npz")
        assert rows.ids.tolist() == list(range(100, 107))
        error, worst = outcome.measurements
        assert error.samples[0] == pytest.approx(float(rows.columns["error"].mean()))
        assert list(error.interval or ()) == pytest.approx([error.samples[0] - 20, error.samples[0]])
        assert worst.interval is None
        guesses = load(tmp_path / f"{name}-predictions.npz").columns["guess"]
        assert np.abs(guesses - np.arange(7) / 7) == pytest.approx(rows.columns["error"])
        assert found[name].facts["images"] == 7
        assert found[name].facts["data_fingerprint"] == "dots"
        assert found[name].facts["evaluator"] == "ours"
    assert found["base"].outcome != found["small"].outcome


def test_what_fails_fails_alone(tmp_path: Path, crew: Crew) -> None:
    arms = [misbehaving("nan", after=1), misbehaving("throw", after=1), misbehaving("crash", after=1), SMALL]
    found = measured(cohort("accuracy", BASE, *arms), tmp_path, crew)
    errors = {name: result.outcome.error for name, result in found.items() if isinstance(result.outcome, Failed)}
    assert set(errors) == {"nan", "throw", "crash"}
    assert errors["nan"] == "image 102: a guess is not a number"
    assert "SIGSEGV" in errors["crash"]


def test_random_weights_are_scored_only_where_the_scale_says_random(tmp_path: Path, crew: Crew) -> None:
    absent = measured(cohort("accuracy", BASE, checkpoint="nowhere"), tmp_path, crew)["base"].outcome
    assert isinstance(absent, Failed)
    assert "no nowhere" in absent.error
    assert "benchbench fetch nowhere" in absent.error
    random = measured(cohort("accuracy", BASE, checkpoint="random"), tmp_path, crew)["base"]
    assert isinstance(random.outcome, Measured)
    assert random.facts["weights"] == "random"
    other = measured(cohort("accuracy", variant("wide", width=16)), tmp_path, crew)["wide"].outcome
    assert isinstance(other, Failed)
    assert "architecture is not the checkpoint's" in other.error


def test_an_image_that_cannot_be_read_fails_the_cohort_by_its_name(tmp_path: Path, crew: Crew) -> None:
    found = measured(cohort("accuracy", BASE, SMALL, dataset=use("dots", broken=3)), tmp_path, crew)
    for result in found.values():
        assert isinstance(result.outcome, Failed)
        assert result.outcome.error.startswith("image 3 is truncated")


def test_after_a_kill_only_the_rest_is_read_and_the_result_is_the_same(tmp_path: Path, crew: Crew) -> None:
    """In batches of one, of which no image is run again to see what a batch does."""
    whole = measured(cohort("accuracy", BASE, SMALL, dataset=use("dots", count=9), batch=1), tmp_path, crew)
    trace = tmp_path / "trace"
    dots = use("dots", count=9, trace=str(trace))
    die = misbehaving("die", after=2, until=str(tmp_path / "died"))
    broken = measured(cohort("accuracy", BASE, SMALL, die, dataset=dots, batch=1), tmp_path, crew)
    assert (tmp_path / "died").exists()
    for name in ("base", "small"):
        assert broken[name].outcome == whole[name].outcome
    assert broken["die"].outcome == whole["base"].outcome
    read = [int(word) for word in trace.read_text().split()]
    assert sorted(set(read)) == list(range(9))
    assert read.count(0) == 1
    assert read.count(8) <= 2


def test_a_stopped_pass_goes_on_bit_for_bit(tmp_path: Path, crew: Crew) -> None:
    dots = use("dots", count=150)
    whole = measured(cohort("accuracy", BASE, dataset=dots), tmp_path, crew)
    events = measure_toys(cohort("accuracy", BASE, dataset=dots), work(tmp_path))
    next(event for event in events if isinstance(event, Progress) and "of 150 images" in event.text)
    events.close()
    assert (tmp_path / "journal" / "chunks.log").stat().st_size > 0
    again = measured(cohort("accuracy", BASE, dataset=dots), tmp_path, crew)
    assert again["base"].outcome == whole["base"].outcome
