"""Downloads, from a real server on this machine."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from hashlib import md5, sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchbench import fetch
from benchbench.errors import BenchbenchError, UnknownName


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are not the test's output."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def zipped(path: Path, members: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return sha256(path.read_bytes()).hexdigest()


def test_an_archive_is_downloaded_checked_and_unpacked(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    digest = zipped(folder / "small.zip", {"annotations/instances.json": "{}"})
    monkeypatch.setitem(fetch.ARCHIVES, "small", (fetch.Archive(f"{address}/small.zip", digest, "coco"),))
    assert fetch.fetch("small", tmp_path) == tmp_path / "coco"
    assert (tmp_path / "coco" / "annotations" / "instances.json").read_text() == "{}"


def test_a_wrong_checksum_keeps_nothing(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    zipped(folder / "small.zip", {"a": "b"})
    monkeypatch.setitem(fetch.ARCHIVES, "small", (fetch.Archive(f"{address}/small.zip", "0" * 64, "coco"),))
    with pytest.raises(BenchbenchError, match="hash"):
        fetch.fetch("small", tmp_path)
    assert not list((tmp_path / "coco").rglob("small.zip"))


def test_no_server_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fetch.ARCHIVES, "gone", (fetch.Archive("http://127.0.0.1:9/gone.zip", "0" * 64, "coco"),))
    with pytest.raises(BenchbenchError, match="could not download") as error:
        fetch.fetch("gone", tmp_path)
    assert "by hand" in error.value.hint


def test_a_member_outside_is_refused(tmp_path: Path) -> None:
    zipped(tmp_path / "evil.zip", {"../outside.txt": "x"})
    with pytest.raises(BenchbenchError, match="outside"):
        fetch.unpack(tmp_path / "evil.zip", tmp_path / "inside")
    assert not (tmp_path / "outside.txt").exists()


def test_an_unknown_name_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as error:
        fetch.fetch("coco-val-2017", tmp_path)
    assert "coco-val2017" in error.value.hint


def packed(path: Path, name: str, text: str) -> str:
    with tarfile.open(path, "w:gz") as file:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        file.addfile(member, io.BytesIO(text.encode()))
    return md5(path.read_bytes()).hexdigest()


def test_a_tar_is_checked_by_its_owners_md5_and_unpacked(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    digest = packed(folder / "small.tar.gz", "val/a.txt", "a")
    archive = fetch.Archive(f"{address}/small.tar.gz", f"md5:{digest}", "diode")
    monkeypatch.setitem(fetch.ARCHIVES, "small", (archive,))
    assert (fetch.fetch("small", tmp_path) / "val" / "a.txt").read_text() == "a"


def test_a_member_of_a_tar_outside_is_refused(tmp_path: Path) -> None:
    packed(tmp_path / "evil.tar.gz", "../outside.txt", "x")
    with pytest.raises(BenchbenchError, match="outside"):
        fetch.unpack(tmp_path / "evil.tar.gz", tmp_path / "inside")
    assert not (tmp_path / "outside.txt").exists()
