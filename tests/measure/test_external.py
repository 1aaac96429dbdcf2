"""Finding models that somebody else built, and what may be done with them."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchbench.catalog.contracts import Absent
from benchbench.catalog.probes import PROBES
from benchbench.errors import BadCheckpoint
from benchbench.measure.deployed import CARD, read_card
from benchbench.measure.external import UNALLOWED, External, find, fingerprints, hindrance, known
from benchbench.measure.versions import versions
from benchbench.types import Condition, Place, ProbeUse, Scale, Skipped, Trial, Use, Variant
from tests.catalog.test_onnx_file import written

CARDED: dict[str, Any] = {
    "schema": 1,
    "format": "torch-export",
    "family": "detr",
    "weights": {"kind": "trained"},
    "architecture": {},
    "surgery": [{"step": "prune-heads"}],
    "recovery": "none",
}


def variant(folder: Path, name: str) -> Variant:
    return Variant("theirs", "Theirs", external=name, place=Place(str(folder / "suite.yaml"), 3, 5))


def exported(folder: Path, **changes: Any) -> Path:
    """A folder as `benchbench export` leaves it, as far as it is looked at without opening the model."""
    folder.mkdir(exist_ok=True)
    (folder / "model.pt2").write_bytes(b"a program")
    (folder / CARD).write_text(json.dumps({**CARDED, **changes}), encoding="utf-8")
    return folder


def there(found: External | Absent) -> External:
    assert isinstance(found, External), found
    return found


def reason(found: External | Absent) -> str:
    assert isinstance(found, Absent)
    return found.reason


def asked(folder: Path, name: str, probe: str = "latency", **condition: Any) -> Trial:
    scale = Scale("toys", "Toys", "detr", "stand-in", Use("shapes", {"seed": 1, "count": 2}), timing=(96, 96))
    return Trial(variant(folder, name), scale, ProbeUse(probe, {}, Condition(**condition)))


def refusal(trial: Trial, *allowed: str) -> Skipped | None:
    return hindrance(trial, PROBES[trial.probe.name], allowed)


def test_a_file_beside_the_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    written(tmp_path / "models" / "theirs.onnx")
    monkeypatch.chdir(tmp_path / "models")
    found = there(find(variant(tmp_path, "models/theirs.onnx")))
    assert (found.kind, found.path, found.card) == ("onnx", tmp_path / "models" / "theirs.onnx", {})
    assert found.weights.kind == "trained"


def test_a_changed_file_has_another_fingerprint(tmp_path: Path) -> None:
    before = fingerprints(variant(tmp_path, str(written(tmp_path / "a.onnx").name)))
    content = (tmp_path / "a.onnx").read_bytes()
    (tmp_path / "a.onnx").write_bytes(content.replace(b"weight", b"height"))
    after = fingerprints(variant(tmp_path, "a.onnx"))
    assert before["external"] != after["external"]
    assert fingerprints(variant(tmp_path, "")) == {}
    assert fingerprints(variant(tmp_path, "gone.onnx")) == {"external": "absent"}


def test_weights_beside_a_file_count_too(tmp_path: Path) -> None:
    (tmp_path / "model.data").write_bytes(bytes(16))
    written(tmp_path / "a.onnx", location="model.data")
    before = there(find(variant(tmp_path, "a.onnx"))).fingerprint
    (tmp_path / "model.data").write_bytes(bytes(15) + b"1")
    assert there(find(variant(tmp_path, "a.onnx"))).fingerprint != before


def test_a_changed_card_counts_too(tmp_path: Path) -> None:
    exported(tmp_path / "out")
    before = there(find(variant(tmp_path, "out"))).fingerprint
    exported(tmp_path / "out", architecture={"heads": 4})
    assert there(find(variant(tmp_path, "out"))).fingerprint != before


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"schema": 2}, "no card of schema 1"),
        ({"format": "../../etc"}, "its format is none of onnx, safetensors, torch-export"),
        ({"weights": []}, "'weights' is missing or no dict"),
        ({"format": "safetensors"}, r"lacks model.safetensors, surgery.json, base.json"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    exported(tmp_path / "out", **changes)
    assert complaint in reason(find(variant(tmp_path, "out")))
    with pytest.raises(BadCheckpoint, match="external model of 'theirs'"):
        known(variant(tmp_path, "out"))


def test_a_card_that_is_too_large_or_too_deep_is_not_read(tmp_path: Path) -> None:
    exported(tmp_path / "out")
    (tmp_path / "out" / CARD).write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(BadCheckpoint):
        read_card(tmp_path / "out")
    (tmp_path / "out" / CARD).write_bytes(b" " * (2**22 + 1))
    with pytest.raises(BadCheckpoint, match="larger than 4 MiB"):
        read_card(tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("gone.onnx", "is not there"), ("suite.yaml", "no .onnx file"), (".", "card.json")],
)
def test_what_is_none(tmp_path: Path, name: str, complaint: str) -> None:
    (tmp_path / "suite.yaml").touch()
    assert complaint in reason(find(variant(tmp_path, name)))


def test_the_source_of_a_factory_is_found_and_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "grim_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (package / "models.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = there(find(variant(tmp_path, "grim_package.models:make")))
    assert (before.kind, before.path) == ("code", None)
    (package / "models.py").write_text("raise SystemExit('changed')", encoding="utf-8")
    assert there(find(variant(tmp_path, "grim_package.models:make"))).fingerprint != before.fingerprint
    assert there(find(variant(tmp_path, "nowhere.at_all:make"))).fingerprint == "unseen"
    assert "grim_package" not in sys.modules


def test_a_folder_without_init_is_a_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is its parent imported for it."""
    inner = tmp_path / "grim_parent" / "bare" / "barer"
    inner.mkdir(parents=True)
    (tmp_path / "grim_parent" / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (inner / "models.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = there(find(variant(tmp_path, "grim_parent.bare.barer.models:make")))
    assert found.fingerprint == hashlib.sha256(b"").hexdigest()
    assert "grim_parent" not in sys.modules


def test_code_runs_only_where_exactly_it_was_named(tmp_path: Path) -> None:
    exported(tmp_path / "out")
    for name in ("package.module:factory", "out"):
        trial = asked(tmp_path, name)
        refused = refusal(trial, "package.module:other", "package.module", "./out")
        assert refused == Skipped(UNALLOWED, f"benchbench run SUITE --allow-code {name}")
        assert refusal(trial, name) is None


def test_data_need_no_permission_and_closed_files_show_no_parts(tmp_path: Path) -> None:
    written(tmp_path / "a.onnx")
    assert refusal(asked(tmp_path, "a.onnx")) is None
    assert refusal(asked(tmp_path, "a.onnx", "size")) is None
    assert refusal(asked(tmp_path, "a.onnx", "coco-ap")) is None
    for probe in ("structure", "flops", "layers", "train-memory"):
        told = refusal(asked(tmp_path, "a.onnx", probe))
        assert told is not None
        assert told.reason == f"'{probe}' looks inside of a model, and 'a.onnx' is closed"


def test_conditions_that_a_closed_file_cannot_be_brought_under(tmp_path: Path) -> None:
    written(tmp_path / "a.onnx")
    exported(tmp_path / "out")
    assert refusal(asked(tmp_path, "a.onnx", runtime="onnxruntime")) is None
    told = [
        refusal(asked(tmp_path, "a.onnx", runtime="compiled")),
        refusal(asked(tmp_path, "out", runtime="onnxruntime"), "out"),
        refusal(asked(tmp_path, "a.onnx", dtype="bfloat16")),
        refusal(asked(tmp_path, "a.onnx", device="cuda")),
    ]
    assert [each.remedy if each else None for each in told] == [
        "declare eager or onnxruntime",
        "declare eager",
        "declare float32 on cpu",
        "declare float32 on cpu",
    ]


def test_what_the_card_tells_of_family_and_weights(tmp_path: Path) -> None:
    exported(tmp_path / "out", family="vit")
    told = refusal(asked(tmp_path, "out"), "out")
    assert told is not None
    assert told.reason == "'out' is of the family vit"
    exported(tmp_path / "out", weights={"kind": "random"})
    scored = asked(tmp_path, "out", "coco-ap")
    told = refusal(scored, "out")
    assert told is not None
    assert "its weights are random" in told.reason
    assert refusal(replace(scored, scale=replace(scored.scale, checkpoint="random")), "out") is None
    assert refusal(asked(tmp_path, "out"), "out") is None


def test_records_tell_what_the_card_tells(tmp_path: Path) -> None:
    exported(tmp_path / "out")
    facts = there(find(variant(tmp_path, "out"))).facts
    assert facts == {
        "external": "out",
        "format": "torch-export",
        "surgery": [{"step": "prune-heads"}],
        "recovery": "none",
    }


def test_what_computes_it_is_told_and_its_version_counts(tmp_path: Path) -> None:
    written(tmp_path / "a.onnx")
    exported(tmp_path / "out")
    assert there(find(variant(tmp_path, "a.onnx"))).notes == ("an ONNX file, computed by ONNX Runtime",)
    assert "onnxruntime" in versions(asked(tmp_path, "a.onnx"))
    assert "onnxruntime" not in versions(asked(tmp_path, "out"))
