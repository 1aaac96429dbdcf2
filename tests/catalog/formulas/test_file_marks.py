"""Names that stay in their folder, and what a glimpse of a file sees."""

from hashlib import sha256
from pathlib import Path

import pytest

from benchbench.catalog.formulas.file_marks import BLOCK, enclosed, filled, glimpse, inside
from benchbench.errors import BadData


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "x/../../a.jpg", "..\\a.jpg", "", "."])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadData, match="leads out"):
        inside(tmp_path, name)


def test_a_name_in_a_subfolder_is_not(tmp_path: Path) -> None:
    assert inside(tmp_path, "x/a.jpg") == tmp_path / "x" / "a.jpg"


def test_links_may_lead_anywhere_but_out(tmp_path: Path) -> None:
    (tmp_path / "data" / "real").mkdir(parents=True)
    (tmp_path / "data" / "real" / "a").write_text("a")
    (tmp_path / "secret").write_text("s")
    home = tmp_path / "link"
    home.symlink_to(tmp_path / "data")
    (home / "near").symlink_to(home / "real")
    (home / "far").symlink_to(tmp_path)
    assert enclosed(home, "near/a").read_text() == "a"
    with pytest.raises(BadData, match=r"link/far/secret is a link to .*secret, out of .*link") as error:
        enclosed(home, "far/secret")
    assert "root" in error.value.hint


def test_only_files_with_something_in_them_are_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "a").write_text("a")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    found = {name: filled(tmp_path / name) for name in ("empty", "a", "loop", ".", "nul\0")}
    assert [name for name, full in found.items() if full] == ["a"]


@pytest.mark.parametrize("size", [0, 1, BLOCK, 3 * BLOCK + 7])
def test_two_looks_are_both_ends(tmp_path: Path, size: int) -> None:
    """The rule of COCO's fingerprints, which records hold."""
    content = bytes(index * 7 % 251 for index in range(size))
    (tmp_path / "a").write_bytes(content)
    wanted = f"\0name\0{size}\0".encode() + content[:BLOCK] + content[max(0, size - BLOCK) :]
    assert glimpse(tmp_path / "a", "name") == wanted


def test_more_looks_see_the_middle(tmp_path: Path) -> None:
    content = bytearray(64 * BLOCK)
    marks = set()
    for place in (None, 9 * BLOCK + 5, 63 * BLOCK):
        if place is not None:
            content[place] ^= 1
        (tmp_path / "a").write_bytes(content)
        marks.add((sha256(glimpse(tmp_path / "a", "a")).digest(), sha256(glimpse(tmp_path / "a", "a", 8)).digest()))
    assert len({two for two, _ in marks}) == 2
    assert len({eight for _, eight in marks}) == 3
