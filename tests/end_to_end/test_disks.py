"""Records on disks that are full, take nothing, or hold what is no record: told with what, where and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Ended, Place
from tests.small_disks import disk, fill, make_read_only

pytestmark = pytest.mark.integration
KIB = 4096


@pytest.fixture
def small(place: Place) -> Iterator[Path]:
    """The folder of records on a disk of its own, with the two records of the sizes."""
    with disk(place.folder / "records", KIB) as folder:
        sized = place.run("run", "small.yaml", "-k", "size")
        assert sized.returncode == 0, sized.stderr
        assert len(place.records()) == 2
        yield folder


def refused(ended: Ended, *words: str) -> None:
    """An error of the user's: one message with a hint, and no traceback."""
    assert ended.returncode == 2, (ended.returncode, ended.stderr)
    assert "Traceback" not in ended.stderr, ended.stderr
    assert "error: " in ended.stderr
    assert "hint: " in ended.stderr
    for word in words:
        assert word in ended.stderr, ended.stderr


def contents(place: Place) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.records()}


@pytest.mark.slow
def test_a_full_disk_is_told_costs_no_record_and_the_next_run_goes_on(place: Place, small: Path) -> None:
    before = contents(place)
    fill(small)
    refused(place.run("run", "small.yaml", "-k", "latency"), "No space left on device", "free")
    assert contents(place) == before
    assert not list(small.rglob("*.part"))
    (small / ".filler").unlink()
    fill(small, but=40 * 1024)
    refused(place.run("run", "small.yaml", "-k", "coco-ap"), "No space left on device", "free")
    assert before.items() <= contents(place).items()
    (small / ".filler").unlink()
    mended = place.run("run", "small.yaml")
    assert mended.returncode == 0, mended.stderr
    assert before.items() <= contents(place).items()
    assert len(place.records()) == 6


def test_a_read_only_folder_can_be_read_and_is_told_when_it_must_be_written(place: Place, small: Path) -> None:
    before = contents(place)
    make_read_only(small)
    refused(place.run("run", "small.yaml", "-k", "latency"), "Read-only file system", str(Path("records")))
    refused(place.run("run", "small.yaml", "-k", "coco-ap"), "Read-only file system")
    for words in (["run", "small.yaml", "-k", "size"], ["report", "small.yaml"], ["plan", "small.yaml"], ["gc"]):
        ended = place.run(*words)
        assert ended.returncode == 0, (words, ended.stderr)
    assert contents(place) == before
    page = (place.folder / "reports" / "small.html").read_text(encoding="utf-8")
    assert "heads 8 to 4" in page


def test_a_full_disk_for_reports_leaves_the_old_page_whole(place: Place) -> None:
    with disk(place.folder / "reports", 2048) as folder:
        assert place.run("run", "small.yaml", "-k", "size").returncode == 0
        before = (folder / "small.html").read_bytes()
        fill(folder)
        refused(place.run("report", "small.yaml"), "small.html: No space left on device", "-o")
        changed = place.run("run", "small.yaml", "-k", "size", "--set", "title=Another title")
        refused(changed, "small.html: No space left on device", "--reports")
        assert (folder / "small.html").read_bytes() == before
        assert len(place.records()) == 2


def test_what_lies_among_the_records_and_is_none(place: Place) -> None:
    assert place.run("run", "small.yaml", "-k", "size").returncode == 0
    home = place.records()[0].parent
    before = contents(place)
    (home / "folder.json").mkdir()
    (home / "dangling.json").symlink_to(home / "nowhere")
    (home / "loop.json").symlink_to(home / "loop.json")
    os.mkfifo(home / "pipe.json")
    (home / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    (home / "numbers.json").write_text("9" * 10_000, encoding="utf-8")
    (home / "binary.json").write_bytes(bytes(range(256)) * 64)
    with (home / "huge.json").open("wb") as file:
        file.truncate(2**36)
    (place.folder / "records" / ".summaries").mkdir(exist_ok=True)
    told = ("deep.json", "numbers.json", "binary.json", "huge.json", "dangling.json", "loop.json")
    for words in (["run", "small.yaml", "-k", "size"], ["report", "small.yaml", "--format", "csv"]):
        ended = place.run(*words)
        assert ended.returncode == 0, (words, ended.stderr)
        assert "Traceback" not in ended.stderr
        for name in told:
            assert f"{name}:" in ended.stderr, (name, ended.stderr)
        assert "move it away" in ended.stderr
    assert before.items() <= contents_of_files(place).items()


def contents_of_files(place: Place) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.records() if path.is_file() and path.stat().st_size < 2**20}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "small.yaml", "--records", "small.yaml"], 2, "'small.yaml' is a file"),
        (["plan", "small.yaml", "--records", "small.yaml"], 2, "'small.yaml' is a file"),
        (["report", "small.yaml", "--records", "small.yaml"], 2, "'small.yaml' is a file"),
        (["report", "small.yaml", "--records", "nowhere/at/all"], 0, "report: "),
        (["show", "ab", "--records", "small.yaml"], 2, "'small.yaml' is a file"),
        (["show", "."], 2, "no record '.'"),
        (["show", "small.yaml"], 2, "no record 'small.yaml'"),
        (["gc", "--records", "small.yaml"], 2, "'small.yaml' is a file"),
        (["run", "."], 2, "no suite file '.'"),
        (["report", "small.yaml", "-o", "."], 2, "cannot write .: Is a directory"),
        (["report", "small.yaml", "--reports", "small.yaml"], 2, "'small.yaml' is a file"),
        (
            ["report", "small.yaml", "--reports", "small.yaml/x"],
            2,
            "cannot write small.yaml/x/small.html: Not a directory",
        ),
    ],
)
def test_one_thing_where_another_is_wanted(place: Place, words: list[str], code: int, said: str) -> None:
    ended = place.run(*words)
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    assert said in " ".join(ended.stderr.replace("│", " ").split()), ended.stderr
