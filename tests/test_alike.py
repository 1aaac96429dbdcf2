"""What must agree before numbers are compared, and what may differ and is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchbench.alike import changed, differing
from benchbench.types import Json, Measured, Record, Use
from tests.kept_records import DATA, MACHINE, trial

RECORD = Record("k", trial("latency"), Measured(()), MACHINE, {"probe latency": "1", "measure": "1"}, DATA, "r", "now")


def with_environment(**given: Json) -> Record:
    return replace(RECORD, environment={**MACHINE, **given})


def with_size(**given: Json) -> Record:
    return replace(RECORD, trial=replace(RECORD.trial, scale=replace(RECORD.trial.scale, input=given)))


def test_a_record_agrees_with_itself() -> None:
    assert differing(RECORD, RECORD, scored=True, machine=True) == ()
    assert changed(RECORD, RECORD) == ()


def test_hardware_counts_where_numbers_depend_on_it() -> None:
    other = with_environment(cpu="another", load_average=9.0, host="elsewhere")
    assert differing(RECORD, other, scored=False, machine=True) == ("cpu: made-up | another",)
    assert differing(RECORD, other, scored=False, machine=False) == ()


@pytest.mark.parametrize("name", ["threads", "torch", "python", "governor", "cpu_quota", "cores_usable"])
def test_every_part_of_the_signature_counts(name: str) -> None:
    (told,) = differing(RECORD, with_environment(**{name: "x"}), scored=False, machine=True)
    assert told == f"{name}: {MACHINE.get(name) or 'none'} | x"


def test_data_count_where_it_was_scored() -> None:
    other = replace(RECORD, facts={**DATA, "evaluator": "another"})
    assert differing(RECORD, other, scored=True, machine=False) == ("evaluator: none | another",)
    assert differing(RECORD, other, scored=False, machine=True) == ()


def test_declared_sizes_and_the_probes_version_count_always() -> None:
    assert differing(RECORD, with_size(shorter=800), scored=True, machine=False) == ("input shorter: none | 800",)
    newer = replace(RECORD, versions={"probe latency": "2", "measure": "1"})
    assert differing(RECORD, newer, scored=False, machine=False) == ("version of probe latency: 1 | 2",)


def test_either_side_tells_the_same_names() -> None:
    other = replace(with_environment(cpu="another", python="4"), facts={})
    there = differing(RECORD, other, scored=True, machine=True)
    back = differing(other, RECORD, scored=True, machine=True)
    assert {told.split(":")[0] for told in there} == {told.split(":")[0] for told in back}
    assert len(there) == 5


def test_a_recipe_and_the_code_under_test_may_differ() -> None:
    variant = replace(RECORD.trial.variant, steps=(Use("prune-heads", {"count": 4}),))
    other = replace(RECORD, trial=replace(RECORD.trial, variant=variant), versions={"step prune-heads": "2"})
    assert changed(RECORD, other) == ("the variant's recipe changed", "step prune-heads none → 2")
    assert "recipe" not in " ".join(differing(RECORD, other, scored=True, machine=True))


def test_long_values_are_cut() -> None:
    (told,) = differing(RECORD, with_environment(cpu="x" * 500), scored=False, machine=True)
    assert len(told) < 100
