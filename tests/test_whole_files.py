"""Files that are whole or not there, on disks with room, without, and when the writer is killed."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from benchbench.errors import Unwritable
from benchbench.whole_files import HOST, sweep, unfinished_beside, whole, write_whole, writing
from tests.small_disks import disk, fill, make_read_only

PROCESSES = multiprocessing.get_context("fork")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_comes_into_folders_that_were_not_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", "Größe")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "Größe".encode()
    assert names(tmp_path) == ["a", "b.txt"]


def test_it_takes_the_place_of_an_older_one_and_keeps_to_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0o027)
    try:
        write_whole(path, b"long ago, and longer")
        write_whole(path, b"now", durable=False)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"now"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["file"]


def test_content_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        done.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", lambda handle: done.append(Path(f"/proc/self/fd/{handle}").readlink().name))
    monkeypatch.setattr(Path, "replace", replace)
    write_whole(tmp_path / "home" / "file", b"1")
    assert [step if step in ("name", "home") else "content" for step in done] == ["content", "name", "home"]
    done.clear()
    write_whole(tmp_path / "home" / "file", b"2", durable=False)
    assert done == ["name"]


def test_what_is_raised_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with pytest.raises(ZeroDivisionError), whole(path) as unfinished:
        unfinished.write_bytes(b"half" * (unfinished.write_bytes(b"x") // 0))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_body_that_writes_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="file: No such file"), whole(tmp_path / "file"):
        pass
    assert names(tmp_path) == []


def test_a_full_disk_is_told_by_the_files_name_and_leaves_nothing_half(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", 128) as folder:
        write_whole(folder / "card.json", b"o" * 8192)
        fill(folder, but=8192)
        with pytest.raises(Unwritable, match=r"card\.json: No space left on device\n  hint: make room"):
            write_whole(folder / "card.json", b"n" * 65536, hint="make room")
        assert (folder / "card.json").read_bytes() == b"o" * 8192
        assert names(folder) == [".filler", "card.json"]
        (folder / ".filler").unlink()
        write_whole(folder / "card.json", b"n" * 65536)
        assert (folder / "card.json").read_bytes() == b"n" * 65536


def test_a_read_only_disk_is_told(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", 128) as folder:
        write_whole(folder / "card.json", b"old")
        make_read_only(folder)
        for path in (folder / "card.json", folder / "new" / "card.json"):
            with pytest.raises(Unwritable, match=f"cannot write {path}: Read-only file system"):
                write_whole(path, b"new")
        assert (folder / "card.json").read_bytes() == b"old"


@pytest.mark.parametrize("place", ["file/below", "folder"])
def test_a_place_that_cannot_hold_a_file(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unwritable, match="cannot write"):
        write_whole(tmp_path / place, b"new")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "free some space, or choose another place with -o"),
        (errno.EDQUOT, "free some space, or choose another place with -o"),
        (errno.EACCES, "you may not write there: choose another place with -o"),
        (errno.EISDIR, "that is a folder: name a file in it, or choose another place with -o"),
        (errno.ENOTDIR, "choose another place with -o"),
    ],
)
def test_only_a_full_disk_wants_room(tmp_path: Path, number: int, expected: str) -> None:
    with pytest.raises(Unwritable) as error, writing(tmp_path, "free some space, or choose another place with -o"):
        raise OSError(number, os.strerror(number))
    assert error.value.hint == expected


def test_a_folder_in_a_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="that is a folder: name a file in it"):
        write_whole(tmp_path, b"new")


def test_only_the_systems_refusals_are_unwritable(tmp_path: Path) -> None:
    with pytest.raises(KeyError), writing(tmp_path):
        raise KeyError("a bug")


def killed_while_writing(path: Path) -> None:
    with whole(path) as unfinished:
        unfinished.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_writer_leaves_the_old_file_and_what_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_whole(path, b"old")
    writer = PROCESSES.Process(target=killed_while_writing, args=(path,))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.rglob(".*.part"))) == 1
    with unfinished_beside(path) as ours:
        ours.touch()
        sweep(tmp_path)
        assert list(tmp_path.rglob(".*.part")) == [ours]
    assert names(tmp_path) == ["deep", "file"]


@pytest.mark.parametrize(
    ("name", "age", "stays"), [("0-1-aa", 60, True), ("0-1-aa", 90000, False), (f"{HOST}-1-aa", 60, True)]
)
def test_what_others_are_writing_goes_only_when_it_is_old(tmp_path: Path, name: str, age: float, stays: bool) -> None:
    path = tmp_path / f".{name}.part"
    path.touch()
    written = path.stat().st_mtime - age
    os.utime(path, (written, written))
    sweep(tmp_path)
    assert path.exists() is stays


def write_many(path: Path, letter: bytes) -> None:
    for _ in range(40):
        write_whole(path, letter * 20000, durable=False)


def test_many_writers_of_one_file_and_a_reader_who_sees_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"0" * 20000)
    writers = [PROCESSES.Process(target=write_many, args=(path, letter)) for letter in (b"a", b"b", b"c")]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen = path.read_bytes()
        assert len(seen) == 20000
        assert len({*seen}) == 1
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert names(tmp_path) == ["file"]


def test_unfinished_names_tell_whose_they_are(tmp_path: Path) -> None:
    with unfinished_beside(tmp_path / "file") as first, unfinished_beside(tmp_path / "file") as second:
        assert first != second
        assert first.name.startswith(f".{HOST}-{os.getpid()}-")


def test_of_a_link_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "home" / "file")
    write_whole(tmp_path / "link", b"1")
    write_whole(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "home" / "file").read_bytes() == b"2"


def test_pipes_and_devices_are_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_whole(tmp_path / "pipe", "page")
    assert os.read(reader, 100) == b"page"
    os.close(reader)
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(Unwritable, match="No space left"):
        write_whole(tmp_path / "full", b"page")
    assert names(tmp_path) == ["full", "pipe"]
