"""Many writers, killed writers, full disks: nothing that was kept is lost."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError
from benchbench.record import Store
from benchbench.types import Failed, Measured, Measurement, Record
from benchbench.whole_files import HOST

PROCESSES = multiprocessing.get_context("fork")


def write_many(folder: Path, record: Record, count: int) -> None:
    store = Store(folder)
    for number in range(count):
        store.append(replace(record, facts={"writer": os.getpid(), "number": number}))


def test_ten_writers_lose_nothing(store: Store, record: Record) -> None:
    writers = [PROCESSES.Process(target=write_many, args=(store.folder, record, 8)) for _ in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 10
    assert len({(kept.facts["writer"], kept.facts["number"]) for kept in store.records()}) == 80
    assert store.broken == ()


def killed_while_writing(folder: Path, record: Record) -> None:
    def die(_: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    pytest.MonkeyPatch().setattr(os, "fsync", die)
    Store(folder).append(record)


def test_a_killed_writer_leaves_nothing_that_matters(store: Store, record: Record) -> None:
    store.append(record)
    writer = PROCESSES.Process(target=killed_while_writing, args=(store.folder, replace(record, run="r2")))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    assert len(list(store.folder.rglob("*.part"))) == 1
    assert store.records() == (record,)
    assert store.broken == ()
    again = Store(store.folder)
    again.append(replace(record, run="r2"))
    assert list(store.folder.rglob("*.part")) == []
    assert len(again.records()) == 2


def test_unfinished_files_of_living_writers_stay(store: Store, record: Record) -> None:
    store.append(record)
    home = store.folder / "full" / "latency"
    living = home / f".{HOST}-{os.getpid()}-aa.part"
    elsewhere = home / ".00000000-1-aa.part"
    old = home / ".00000000-2-aa.part"
    for path in (living, elsewhere, old):
        path.touch()
    os.utime(old, (1, 1))
    Store(store.folder).append(replace(record, run="r2"))
    assert [path.exists() for path in (living, elsewhere, old)] == [True, True, False]


def fill_the_disk(folder: Path, record: Record, attachment: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
    for attachments in ({}, {"rows": attachment}):
        try:
            Store(folder).append(record, attachments)
        except BenchbenchError as error:
            if "cannot write" not in str(error) or "File too large" not in str(error):
                os._exit(2)
        else:
            os._exit(3)


def test_a_full_disk_is_told_and_leaves_the_rest(store: Store, record: Record, tmp_path: Path) -> None:
    store.append(record)
    rows = tmp_path / "rows"
    rows.write_bytes(b"x" * 32)
    writer = PROCESSES.Process(target=fill_the_disk, args=(store.folder, replace(record, run="r2"), rows))
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    assert store.records() == (record,)
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 1


def test_a_folder_that_is_none(tmp_path: Path, record: Record) -> None:
    (tmp_path / "records").write_text("a file")
    with pytest.raises(BenchbenchError, match="cannot write"):
        Store(tmp_path / "records").append(record)
    with pytest.raises(BenchbenchError, match="cannot write"):
        Store(tmp_path / "records").journal("x")
    with pytest.raises(BenchbenchError, match="cannot lock"), Store(tmp_path / "records").lock("x"):
        pass


def test_a_missing_attachment_leaves_nothing(store: Store, record: Record, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("x")
    with pytest.raises(BenchbenchError, match="gone"):
        store.append(record, {"there": there, "gone": tmp_path / "gone"})
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_without_hard_links(store: Store, record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    first, second = store.append(record), store.append(record)
    assert first != second
    assert len(store.records()) == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_could_not_be_read_back_is_not_written(store: Store, record: Record, value: float) -> None:
    bad = replace(record, outcome=Measured((Measurement("AP", (value,)),)))
    with pytest.raises(BenchbenchError, match="full / latency / layers"):
        store.append(bad)
    assert store.records() == ()


def test_values_that_are_no_json(store: Store, record: Record) -> None:
    with pytest.raises(BenchbenchError, match="cannot be kept"):
        store.append(replace(record, facts={"when": object()}))  # type: ignore[dict-item]


def test_a_log_of_broken_bytes_is_kept(store: Store, record: Record) -> None:
    log = b"caf\xe9".decode("utf-8", "surrogateescape")
    store.append(replace(record, outcome=Failed("died", log)))
    assert store.records()[0].outcome == Failed("died", "caf\\udce9")
