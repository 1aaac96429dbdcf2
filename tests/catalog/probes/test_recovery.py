"""The cost of recovery: declared numbers always, measured ones where a training was carried out."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.recovery import PROBE
from benchbench.catalog.steps.finetune import STEP
from benchbench.types import Condition
from tests.catalog.training.world import ground, student


def read(subject: Subject) -> tuple[dict[str, float], list[str]]:
    measurements, notes = PROBE.measure(subject, {}, Condition())
    return {each.metric: each.samples[0] for each in measurements}, notes


def course(**changes: float) -> dict[str, Any]:
    known = {"steps": 5, "images": 40, "seconds": 2.5, "peak_memory_mib": 300.0, "trainable_parameters": 70}
    return {**known, "curve": [], "updates": {}, **changes}


def entry(course: dict[str, Any] | None, **settings: Any) -> dict[str, Any]:
    made = {"hardware": "a small machine"} if course else None
    return {"step": "finetune", "settings": settings, "course": course, "made": made}


def test_without_a_training_all_is_nought(subject: Subject, inputs: Inputs) -> None:
    del inputs
    subject.surgery.append({"step": "drop-layers", "settings": {"count": 1}})
    values, notes = read(subject)
    assert values == dict.fromkeys((metric.name for metric in PROBE.metrics), 0.0)
    assert not notes


def test_several_trainings_add_up() -> None:
    tiny = student()
    tiny.surgery += [
        entry(course(), steps=5, batch=4, accumulate=2),
        {"step": "drop-layers", "settings": {}},
        entry(course(seconds=1.0, peak_memory_mib=200.0, trainable_parameters=90), steps=7, batch=3),
    ]
    values, notes = read(tiny)
    assert values == {
        "trained_steps": 12,
        "trained_images": 40 + 21,
        "trainable_params": 90,
        "train_seconds": 3.5,
        "train_peak_mib": 300.0,
    }
    assert notes == ["finetune: time and memory of a small machine"] * 2


def test_a_training_not_carried_out_has_no_seconds_and_says_so() -> None:
    tiny = student()
    tiny.surgery.append(entry(None, **{"steps": 3, "head-factor": 2.0, "train": "head-only"}))
    values, notes = read(tiny)
    head = sum(each.numel() for name, each in tiny.model.named_parameters() if name.startswith("head."))
    assert values == {"trained_steps": 3, "trained_images": 48, "trainable_params": head}
    assert notes == ["seconds and memory are unknown: not carried out yet"]


def test_what_is_counted_beforehand_is_what_a_training_tells(tmp_path: Path) -> None:
    for train in ("full", "frozen-encoder", "last-k", "lora"):
        settings: dict[str, Any] = {"steps": 1, "batch": 2, "train": train, "last": 2, "rank": 2}
        tiny = student()
        tiny.surgery.append(entry(None, **settings))
        before, _ = read(tiny)
        told = STEP.train(tiny, ground(tmp_path / train), **settings)
        tiny.surgery[-1]["course"] = asdict(told)
        after, _ = read(tiny)
        assert before["trainable_params"] == after["trainable_params"] == told.trainable_parameters
        assert after["train_peak_mib"] == told.peak_memory_mib
