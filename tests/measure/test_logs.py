"""Rounds and chunks on disk: whole or not there, whatever was cut off."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.errors import Unwritable
from benchbench.measure.chunk_log import ChunkLog
from benchbench.measure.round_log import RoundLog
from tests.measure.invented import BASE, TWIN, rounds_of
from tests.small_disks import disk, fill

CHUNKS: dict[str, dict[str, NDArray[Any]]] = {
    "a/0": {"x": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array([], np.int64)},
    "a/1": {"x": np.ones((0, 3), np.float32), "n": np.array([4], np.int64)},
    "b/0": {"flag": np.array([True, False]), "fortran": np.asfortranarray(np.arange(6).reshape(2, 3))},
}
ROUNDS = rounds_of({BASE: [1.0, 2.0, 3.0], TWIN: [1.5, 2.5, 3.5]})


def filled(path: Path) -> ChunkLog:
    log = ChunkLog(path)
    for key, arrays in CHUNKS.items():
        log.append(key, arrays)
    return log


@pytest.mark.parametrize("reopened", [False, True])
def test_chunks_come_back_as_they_were(tmp_path: Path, reopened: bool) -> None:
    log = filled(tmp_path / "log")
    log = ChunkLog(tmp_path / "log") if reopened else log
    for key, arrays in CHUNKS.items():
        assert key in log
        found = log.read(key)
        assert list(found) == list(arrays)
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            np.testing.assert_array_equal(found[name], array)
    assert "c/0" not in log
    with pytest.raises(KeyError):
        log.read("c/0")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1))
def test_a_chunk_cut_in_half_costs_only_itself(tmp_path: Path, cut: float) -> None:
    path = tmp_path / "log"
    path.unlink(missing_ok=True)
    filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(cut * len(whole))])
    log = ChunkLog(path)
    kept = [key for key in CHUNKS if key in log]
    assert kept == list(CHUNKS)[: len(kept)]
    log.append("next", {"x": np.array([7])})
    again = ChunkLog(path)
    assert [key for key in CHUNKS if key in again] == kept
    assert again.read("next")["x"].tolist() == [7]


def test_a_spoilt_chunk_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    filled(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert "a/1" in ChunkLog(path)
    assert "b/0" not in ChunkLog(path)


def test_rounds_come_back_as_they_were(tmp_path: Path) -> None:
    log = RoundLog(tmp_path / "rounds.jsonl")
    for each in ROUNDS:
        log.append(each)
    assert log.rounds == RoundLog(tmp_path / "rounds.jsonl").rounds == ROUNDS


def test_a_round_cut_in_half_is_dropped_and_the_next_stands_on_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "rounds.jsonl"
    log = RoundLog(path)
    for each in ROUNDS[:2]:
        log.append(each)
    path.write_text(path.read_text()[:-20])
    log = RoundLog(path)
    assert log.rounds == ROUNDS[:1]
    log.append(ROUNDS[2])
    assert RoundLog(path).rounds == [ROUNDS[0], ROUNDS[2]]


@pytest.mark.parametrize("tail", [bytes(64), b"\xff" * 64, b"\x10" + bytes(200)])
def test_what_a_power_cut_leaves_behind_the_last_chunk_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    """Zeros where a chunk was to be: a frame of nothing, whose sum is right. Or a length beyond any file."""
    path = tmp_path / "log"
    filled(path)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    log = ChunkLog(path)
    assert all(key in log for key in CHUNKS)
    assert path.read_bytes() == whole


def test_a_chunk_cut_at_any_byte_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "log"
    filled(path)
    whole = path.read_bytes()
    found = []
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        log = ChunkLog(path)
        found.append([key for key in CHUNKS if key in log])
        log.append("next", {"x": np.array([size])})
        assert ChunkLog(path).read("next")["x"].tolist() == [size]
    assert [list(each) for each in dict.fromkeys(map(tuple, found))] == [list(CHUNKS)[:kept] for kept in range(4)]


def test_rounds_cut_at_any_byte_keep_those_before(tmp_path: Path) -> None:
    path = tmp_path / "rounds.jsonl"
    log = RoundLog(path)
    for each in ROUNDS:
        log.append(each)
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        log = RoundLog(path)
        kept = whole[:size].count(b"\n")
        assert log.rounds == ROUNDS[:kept]
        log.append(ROUNDS[0])
        assert RoundLog(path).rounds == [*ROUNDS[:kept], ROUNDS[0]]


@pytest.mark.parametrize("spoilt", [b"\x00\x00\x00\n", b"\xff\xfe\n", b"{}\n", b"[]\n", b'{"calls": 1}\n', b"7\n"])
def test_rounds_before_a_spoilt_line_are_kept(tmp_path: Path, spoilt: bytes) -> None:
    path = tmp_path / "rounds.jsonl"
    log = RoundLog(path)
    log.append(ROUNDS[0])
    whole = path.read_bytes()
    path.write_bytes(whole + spoilt + whole)
    assert RoundLog(path).rounds == ROUNDS[:1]
    assert path.read_bytes() == whole


def append(log: RoundLog, times: int) -> None:
    for _ in range(times):
        log.append(ROUNDS[1])


def test_a_full_disk_is_told_by_the_logs_name_and_keeps_what_was_there(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", 64) as folder:
        rounds, chunks = RoundLog(folder / "rounds.jsonl"), filled(folder / "log")
        rounds.append(ROUNDS[0])
        fill(folder)
        with pytest.raises(Unwritable, match=r"cannot write .*rounds\.jsonl: No space left"):
            append(rounds, 100)
        with pytest.raises(Unwritable, match=r"cannot write .*log: No space left"):
            chunks.append("next", {"x": np.ones(2**14)})
        assert RoundLog(folder / "rounds.jsonl").rounds[0] == ROUNDS[0]
        again = ChunkLog(folder / "log")
        assert all(key in again for key in CHUNKS)
        assert "next" not in again
        (folder / ".filler").unlink()
        again.append("next", {"x": np.ones(100)})
        assert "next" in ChunkLog(folder / "log")
