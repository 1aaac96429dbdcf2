"""Numbers of a GPU in a report: said to be so, under their own counters, and never taken for another environment's."""

from __future__ import annotations

from dataclasses import replace

from benchbench.report import signature
from benchbench.report.conditions import probe_notes
from benchbench.report.signature import environment
from benchbench.report.values import headlines
from benchbench.types import Condition, ProbeUse
from tests.report.accounts import account


def on(device: str, dtype: str = "float32") -> Condition:
    return Condition(device, dtype)


def test_the_headline_of_memory_is_that_of_its_device() -> None:
    known = account()
    assert headlines(known, ProbeUse("peak-memory")) == ("peak_memory_mib",)
    assert headlines(known, ProbeUse("peak-memory", condition=on("cuda:1"))) == ("gpu_allocated_mib",)
    assert headlines(known, ProbeUse("train-memory", condition=on("cuda"))) == ("gpu_train_allocated_mib",)
    assert headlines(known, ProbeUse("latency", condition=on("cuda"))) == ("latency_ms",)


def test_where_numbers_were_taken_is_said_once_for_each_place() -> None:
    known = account()
    scale = known.suite.scales[0]
    places = {"latency": on("cuda", "float16"), "throughput": on("cuda", "float16"), "size": on("cpu", "float16")}

    def moved(use: ProbeUse) -> ProbeUse:
        return replace(use, condition=places.get(use.name, use.condition))

    entries = tuple(replace(each, trial=replace(each.trial, probe=moved(each.trial.probe))) for each in known.entries)
    elsewhere = replace(
        known, entries=entries, suite=replace(known.suite, probes=tuple(map(moved, known.suite.probes)))
    )
    said = [note for note in probe_notes(elsewhere, scale) if note.startswith("On ")]
    assert len(said) == 2
    (gpu,) = (note for note in said if note.startswith("On cuda in float16"))
    assert "latency, throughput" in gpu
    assert "device's own clock" in gpu
    assert not [note for note in probe_notes(known, scale) if note.startswith("On ")]


def test_what_is_known_of_a_gpu_alone_makes_no_other_environment() -> None:
    known = account()
    plain = environment(known).notes

    def of(card: str) -> tuple[str, ...]:
        entries = tuple(
            replace(each, record=replace(each.record, environment={**each.record.environment, "gpu": card}))
            if each.record and number == 0
            else each
            for number, each in enumerate(known.entries)
        )
        return environment(replace(known, entries=entries)).notes

    assert known.entries[0].record is not None
    assert of("Card") == plain
    card = replace(known, environment={**known.environment, "gpu": "Other Card"})
    first = known.entries[0]
    assert first.record is not None
    strange = replace(first, record=replace(first.record, environment={**known.environment, "gpu": "Card"}))
    assert any("differs in: gpu" in note for note in environment(replace(card, entries=(strange,))).notes)
    assert "Other Card" in signature.signature(card)
