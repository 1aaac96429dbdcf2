"""What a comparison's key depends on, and when it cannot be made: its own trial, the reference's, and the images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchbench.lineage import Lineage, seeded
from benchbench.measure import Artifacts
from benchbench.types import Condition, Failed, ProbeUse, Scale, Skipped, Trial, Use, Variant

BASE = Variant("base", "")
CUT = Variant("cut", "", (Use("drop-layers", {"keep": "first", "count": 4}),))
SCALE = Scale(
    "stand-in",
    "",
    "vit",
    "stand-in/ti",
    Use("glyphs", {"seed": 1, "count": 4}),
    input={"side": 48},
    timing=(48, 48),
    calibration=Use("glyphs", {"seed": 3, "count": 8}),
)


def trial(variant: Variant = CUT, probe: str = "drift", threads: int = 1, **changes: Any) -> Trial:
    return Trial(variant, replace(SCALE, **changes), ProbeUse(probe, {}, Condition(threads=threads)))


def key(asked: Trial, reference: Variant = BASE, machine: str = "here") -> str:
    return Lineage({"cpu": machine}).key(asked, reference)


def test_another_reference_is_another_fact() -> None:
    other = Variant("base", "", (Use("prune-heads", {"keep": 0.5}),))
    bigger = Variant("base", "", checkpoints={"stand-in": "stand-in/b"})
    assert len({key(trial(), reference) for reference in (BASE, other, bigger)}) == 3
    assert key(trial()) == key(trial(), replace(BASE, title="renamed", note="and told of"))


def test_other_images_are_another_fact() -> None:
    other = Use("glyphs", {"seed": 4, "count": 8})
    for variant in (BASE, CUT):
        assert key(trial(variant)) != key(trial(variant, calibration=other)) != key(trial(variant, calibration=None))


def test_machine_and_threads_make_no_other_fact() -> None:
    assert key(trial()) == key(trial(threads=2)) == key(trial(), machine="there")
    assert key(trial(probe="latency")) != key(trial(probe="latency"), machine="there")


def test_what_compares_nothing_does_not_depend_on_the_reference() -> None:
    other = Variant("base", "", (Use("prune-heads", {"keep": 0.5}),))
    assert key(trial(probe="size")) == key(trial(probe="size"), other)


def test_without_its_weights_there_is_nothing_to_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCHBENCH_CHECKPOINTS", raising=False)
    absent = trial(checkpoint="google/vit-base-patch16-384")
    found = Lineage({}).hindrance(absent)
    assert isinstance(found, Skipped)
    assert "google/vit-base-patch16-384" in f"{found.reason} {found.remedy}"
    assert Lineage({}).hindrance(replace(absent, probe=ProbeUse("size"))) is None
    resized = Variant("wide", "", architecture={"size": "s16"})
    assert isinstance(Lineage({}).hindrance(trial(resized)), Skipped)
    assert Lineage({}).hindrance(trial()) is None


def test_data_to_be_scored_on_are_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHBENCH_DATA", str(tmp_path))
    unseen = Use("imagenet", {"split": "val", "count": 50000})
    assert Lineage({}).hindrance(trial(dataset=unseen)) is None
    assert isinstance(Lineage({}).hindrance(trial(dataset=unseen, probe="top1")), Skipped)


def test_broken_images_are_told_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchbench.errors import BadData

    def broken(self: Lineage, use: Use) -> object:
        del self, use
        raise BadData("the archive is cut short")

    monkeypatch.setattr(Lineage, "data", broken)
    found = Lineage({}).hindrance(trial(BASE))
    assert isinstance(found, Failed)
    assert "cut short" in found.error


def test_a_recovered_variant_is_compared_once_it_is_trained(tmp_path: Path) -> None:
    taught = Variant("taught", "", (*CUT.steps, Use("finetune", {"steps": 3, "batch": 2})))
    asked = trial(taught, training=Use("glyphs", {"seed": 5, "count": 8}))
    lineage = Lineage({}, Artifacts(tmp_path / "artifacts", None))
    assert len(lineage.untrained(asked)) == 1
    assert lineage.untrained(trial(taught, probe="latency")) == ()
    assert not seeded(taught, asked.probe)
