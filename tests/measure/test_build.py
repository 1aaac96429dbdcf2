"""Trials to subjects."""

from dataclasses import replace
from typing import cast

import pytest
import torch

from benchbench.errors import BadCheckpoint, BenchbenchError, CannotCut
from benchbench.measure.build import Built, Workshop, twin
from benchbench.measure.cuts import confirm
from benchbench.types import Cohort, Place
from tests.measure.cohorts import BASE, SMALL, SMALLER, cohort, use, variant
from tests.measure.toy_catalog import SHELVES, ToyModel


def build(cohort: Cohort, workshop: Workshop | None = None) -> Built:
    """The first trial's subject."""
    workshop = workshop or Workshop(SHELVES)
    workshop.open(cohort)
    return workshop.build(cohort.trials[0])


def tensors(built: Built) -> list[torch.Tensor]:
    return list(built.subject.model.state_dict().values())


def equal(left: Built, right: Built) -> bool:
    return all(torch.equal(*pair) for pair in zip(tensors(left), tensors(right), strict=True))


def test_a_copy_equals_a_model_built_anew() -> None:
    workshop = Workshop(SHELVES)
    first = build(cohort("size", BASE), workshop)
    small = build(cohort("size", SMALL), workshop)
    assert equal(small, build(cohort("size", SMALL)))
    assert len(cast(ToyModel, first.subject.model).layers) == 3
    assert not small.subject.model.training


def test_a_variant_is_built_once_while_its_scale_lasts() -> None:
    workshop = Workshop(SHELVES)
    first = build(cohort("size", SMALL), workshop)
    assert build(cohort("latency", SMALL, batch=7), workshop) is first
    build(cohort("size", SMALL, checkpoint="random"), workshop)
    assert build(cohort("size", SMALL), workshop) is not first


def test_nothing_is_kept_for_a_probe_with_a_process_of_its_own() -> None:
    workshop = Workshop(SHELVES)
    first = build(cohort("alone", SMALL), workshop)
    again = build(cohort("alone", SMALL), workshop)
    assert again is not first
    assert equal(first, again)


def test_a_twin_is_equal_and_not_the_same() -> None:
    workshop, asked = Workshop(SHELVES), cohort("latency", BASE)
    first = build(asked, workshop)
    other = workshop.build(twin(asked.trials[0]))
    assert other.subject.model is not first.subject.model
    assert equal(first, other)
    assert not {tensor.data_ptr() for tensor in tensors(first)} & {tensor.data_ptr() for tensor in tensors(other)}


def test_steps_are_applied_in_order_and_told() -> None:
    built = build(cohort("size", SMALLER))
    assert built.facts["surgery"] == [{"step": "drop", "removed": 1}, {"step": "drop", "removed": 1}]
    assert built.facts["parameters"] == sum(p.numel() for p in built.subject.model.parameters())
    assert built.facts["recovery"] == "none"


@pytest.mark.parametrize("step", [use("nothing"), use("drop", count=3)])
def test_a_cut_that_removes_nothing_is_refused(step: object) -> None:
    with pytest.raises(CannotCut, match="removed nothing that can be counted"):
        build(cohort("size", variant("uncut", step)))  # type: ignore[arg-type]


def test_a_cut_that_cannot_be_is_told_with_its_place_in_the_suite() -> None:
    there = replace(use("nothing"), place=Place("mine.yaml", 17, 9))
    with pytest.raises(CannotCut, match=r"^mine\.yaml:17:9: step 'nothing' removed nothing") as caught:
        build(cohort("size", variant("uncut", there)))
    assert "change its settings" in caught.value.hint


def test_counts_must_fall_and_none_may_grow() -> None:
    before = {"parameters": 10, "encoder layers": 3, "encoder heads": 6}
    confirm("x", before, {"parameters": 8, "encoder layers": 3, "encoder heads": 4})
    with pytest.raises(CannotCut, match="no count changed"):
        confirm("x", before, before)
    with pytest.raises(CannotCut, match="parameters: 10 to 8"):
        confirm("x", before, {**before, "parameters": 8})
    with pytest.raises(CannotCut, match="encoder layers: 3 to 2"):
        confirm("x", before, {**before, "encoder layers": 2})
    with pytest.raises(CannotCut, match="encoder heads: 6 to 7"):
        confirm("x", before, {"parameters": 8, "encoder layers": 2, "encoder heads": 7})


def test_weights_are_the_checkpoints_or_said_to_be_random() -> None:
    trained = build(cohort("size", BASE))
    assert (trained.facts["weights"], trained.facts["weights_fingerprint"], trained.notes) == ("trained", "abc", ())
    absent = build(cohort("size", BASE, checkpoint="nowhere", seed=3))
    assert (absent.facts["weights"], absent.facts["weights_fingerprint"]) == ("random", "random, seed 3")
    assert absent.notes == ("random weights: no nowhere",)
    other = build(cohort("size", variant("wide", width=16)))
    assert other.notes == ("random weights: its architecture is not the checkpoint's",)


def test_scores_take_no_random_weights_in_place_of_trained_ones() -> None:
    with pytest.raises(BadCheckpoint, match="no nowhere"):
        build(cohort("accuracy", BASE, checkpoint="nowhere"))
    with pytest.raises(BadCheckpoint, match="architecture"):
        build(cohort("accuracy", variant("wide", width=16)))
    assert build(cohort("accuracy", BASE, checkpoint="random")).facts["weights"] == "random"


def test_calibration_data_come_in_batches_where_they_are_at_hand() -> None:
    def batches(count: int) -> object:
        steps = variant("learnt", use("learn"))
        return build(cohort("size", steps, calibration=use("dots", count=count))).facts["surgery"]

    assert batches(6) == [{"step": "learn", "batches": [4, 2]}]
    assert batches(0) == [{"step": "learn", "batches": []}]


def test_conditions_we_cannot_meet_are_refused() -> None:
    def under(**changes: str) -> None:
        asked = cohort("size", BASE)
        condition = replace(asked.probe.condition, **changes)  # type: ignore[arg-type]
        trial = replace(asked.trials[0], probe=replace(asked.probe, condition=condition))
        build(replace(asked, trials=(trial,)))

    for changes, words in [
        ({"runtime": "onnx"}, "runtime 'onnx'"),
        ({"dtype": "float31"}, "'float31' is no dtype"),
        ({"device": "cuda:9"}, "cuda:9"),
    ]:
        if changes.get("device") and torch.cuda.is_available():
            continue
        with pytest.raises(BenchbenchError, match=words):
            under(**changes)
