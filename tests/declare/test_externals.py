"""External variants: read as they stand, and refused whatever would change a model that is built already."""

from __future__ import annotations

import pytest

from tests.declare.conftest import GOOD, Files

OLD = "  r18: {scales"
HINT = "(a model that is built already takes none; change what it was made of, and export that)"


def declared(*lines: str) -> str:
    return GOOD.replace(OLD, "".join(f"  {line}\n" for line in lines) + OLD)


def test_an_external_model_is_kept_as_it_is_written(files: Files) -> None:
    suite = files.load(declared("theirs: {title: Theirs, external: models/theirs.onnx}", "again: {from: theirs}"))
    found = {variant.name: variant.external for variant in suite.variants if variant.external}
    assert found == {"theirs": "models/theirs.onnx", "again": "models/theirs.onnx"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "theirs: {external: a.onnx, steps: [prune-heads: {keep: 0.5}]}",
            f"32:30: 'steps' cannot change 'theirs', which is external {HINT}",
        ),
        (
            "theirs: {external: a.onnx, architecture: {encoder-layers: 4}}",
            f"32:30: 'architecture' cannot change 'theirs', which is external {HINT}",
        ),
        (
            "theirs: {external: a.onnx, checkpoints: {tiny: random}}",
            f"32:30: 'checkpoints' cannot change 'theirs', which is external {HINT}",
        ),
    ],
)
def test_nothing_can_be_done_to_it(files: Files, line: str, complaint: str) -> None:
    assert files.complaints(declared(line)) == [complaint]


def test_nor_by_what_inherits_from_it_or_what_it_inherits(files: Files) -> None:
    theirs = "theirs: {external: a.onnx}"
    [after] = files.complaints(declared(theirs, "cut: {from: theirs, steps: [prune-heads: {keep: 0.5}]}"))
    assert after == f"33:23: 'steps' cannot change 'cut', which is external {HINT}"
    [before] = files.complaints(declared("theirs: {from: r18, external: a.onnx}"))
    assert "'architecture' cannot change 'theirs'" in before


def test_keys_that_hold_nothing_change_nothing(files: Files) -> None:
    suite = files.load(declared("theirs: {external: a.onnx, steps: [], architecture: {}}"))
    assert any(variant.external for variant in suite.variants)


def test_it_teaches_nobody(files: Files) -> None:
    pupil = "pupil: {steps: [distil: {teacher: theirs, steps: 5}]}"
    [complaint] = files.complaints(declared("theirs: {external: a.onnx}", pupil))
    assert "the teacher 'theirs' is external (a teacher is a variant that is built here)" in complaint
