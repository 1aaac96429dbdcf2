"""Bytes of the file as the original's authors write it."""

from pathlib import Path

from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.probes.original_size import PROBE
from benchbench.types import Condition
from tests.catalog.families.vit.original_arrays import drawn, saved
from tests.lively_detr import subject as detr
from tests.lively_vit import subject as vit


def measured(subject: Subject) -> tuple[list[float], list[str]]:
    found, notes = PROBE.measure(subject, {}, Condition())
    assert all(each.metric == "npz_mib" for each in found)
    return [each.samples[0] for each in found], notes


def test_it_is_the_size_of_the_file_numpy_writes(tmp_path: Path) -> None:
    weights = saved(tmp_path / "model.npz", drawn())
    size = (tmp_path / "model.npz").stat().st_size
    found, notes = measured(Subject(FAMILY.build(weights, seed=0), FAMILY))
    assert found == [size / 2**20]
    assert f"{size} bytes" in notes[0]


def test_a_model_without_an_original_container_has_a_note_and_no_number() -> None:
    for subject in (detr(), vit(distilled=True)):
        found, notes = measured(subject)
        assert found == []
        assert notes[0].startswith("no file in an original layout")
