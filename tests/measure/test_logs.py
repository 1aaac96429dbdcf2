"""Rounds and chunks on disk: whole or not there, whatever was cut off."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.measure.chunk_log import ChunkLog
from benchbench.measure.round_log import RoundLog
from tests.measure.invented import BASE, TWIN, rounds_of

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
