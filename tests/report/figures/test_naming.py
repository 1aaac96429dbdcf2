"""Names of files: one component of a path each, none twice, on every system."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from hypothesis import given
from hypothesis import strategies as st

from benchbench.report.figures import stems
from benchbench.report.figures.naming import LONGEST, PLAIN

HOSTILE = ("../../etc/passwd", "/abs", "C:\\x", "a b", "模型", "", ".", "..", "-rf", "a\0b", "x" * 300, "a%b", "a}b")


def test_usual_names_stay() -> None:
    assert stems(["detr-AP-macs-full", "vit-top1-latency_ms-b16"]) == ("detr-AP-macs-full", "vit-top1-latency_ms-b16")


def test_hostile_names_lead_nowhere() -> None:
    for stem in stems(HOSTILE):
        assert PLAIN.fullmatch(stem)
        assert PurePosixPath(f"{stem}.pdf").name == PureWindowsPath(f"{stem}.pdf").name == f"{stem}.pdf"


def test_names_that_differ_by_what_is_left_out_or_by_case_do_not_meet() -> None:
    found = stems(["a b", "a/b", "a_b", "A_B", "a_b", "模", "型"])
    assert len({stem.casefold() for stem in found}) == len(found)
    assert found[2] == "a_b"


@given(st.lists(st.one_of(st.text(), st.sampled_from(["x", "X", "x ", "y" * 100, "y" * 101])), max_size=12))
def test_any_names(names: list[str]) -> None:
    found = stems(names)
    assert len(found) == len(names)
    assert len({stem.casefold() for stem in found}) == len(names)
    assert all(PLAIN.fullmatch(stem) and len(stem) <= LONGEST for stem in found)
    assert found == stems(names)
