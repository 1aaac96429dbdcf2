"""Ranks of one program: how they find, hear and lose one another. Threads stand for the other processes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError, Crashed
from benchbench.measure import desk as desks
from benchbench.measure import launch as launches
from benchbench.measure.crew import Crew, surroundings
from benchbench.measure.desk import LostRank, Rank
from benchbench.measure.following import Follower, follow
from benchbench.measure.launch import Launch, desk_of, launched, leading, present
from tests.measure.toy_catalog import PROBES, SHELVES

SHORT_S = 0.5


def of(rank: int, size: int = 2) -> Launch:
    return Launch(rank, size, rank, size, "program")


@contextmanager
def rank_1(desk: Path) -> Iterator[list[BaseException]]:
    """The second rank, with nothing to do; what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            follow(desk, of(1), SHELVES, 20.0)
        except BenchbenchError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield raised
    thread.join(60)
    assert not thread.is_alive()


def test_torchrun_tells_who_we_are() -> None:
    assert launched({}) is None
    told = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4", "TORCHELASTIC_RUN_ID": "x"}
    found = launched(told)
    assert found is not None
    assert (found.rank, found.size, found.local, found.here) == (5, 8, 1, 4)
    other = launched(told | {"TORCHELASTIC_RUN_ID": "y"})
    assert other is not None
    assert other.name != found.name
    for bad in ({"RANK": "one"}, {"RANK": "8"}, {"RANK": "-1"}):
        with pytest.raises(BenchbenchError):
            launched(told | bad)


def test_a_worker_is_not_told_of_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID"):
        monkeypatch.setenv(name, "1")
    assert not [name for name in surroundings(PROBES["accuracy"], 1) if "RANK" in name or "MASTER" in name]


def test_ranks_meet_and_part_and_leave_nothing(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, of(0))
    (desk / "end.json").write_text("true")
    (desk / "session.json").write_text('{"1": "somebody of yesterday"}')
    with rank_1(desk) as raised, leading(desk, of(0), 20.0):
        assert desks.lives(desk, 1)
    assert not raised
    assert not desk.exists()


def test_a_rank_that_does_not_come_is_named(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, of(0))
    with pytest.raises(LostRank, match="rank 1 of 3 has not come"), leading(desk, of(0, 3), SHORT_S):
        pass
    with pytest.raises(LostRank, match="rank 0 has not come"):
        follow(desk_of(tmp_path, of(1)), of(1), SHELVES, SHORT_S)


def test_two_programs_of_one_name_exclude_each_other(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, of(0))
    with present(desk, 0), pytest.raises(BenchbenchError, match="a rank 0 at"), present(desk, 0):
        pass


def test_another_kind_of_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_of(tmp_path, of(0))
    here = launches.machine()
    with rank_1(desk) as raised:
        while not (desk / "hello-1.json").exists():
            pass
        monkeypatch.setattr(launches, "machine", lambda: here | {"cpu": "another"})
        with pytest.raises(BenchbenchError, match=r"rank 1 has cpu .* rank 0 another"), leading(desk, of(0), 20.0):
            pass
    assert not raised, "it was told, and has not waited"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".ranks").touch()
    with pytest.raises(BenchbenchError, match="cannot write to"):
        desk_of(tmp_path, of(0))


def test_what_a_rank_says_comes_through_in_order_and_whole(tmp_path: Path) -> None:
    job = tmp_path / "job.json"
    job.write_text('{"some": "job"}')
    with present(tmp_path, 1):
        rank = Rank(tmp_path, 1, sleep=lambda _: desks.append(said, {"say": "done"}))
        said = tmp_path / "said-1-0.jsonl"
        rank.begin(job)
        assert desks.read(tmp_path / "job-1-0.json") == {"some": "job"}
        desks.append(said, {"say": "progress", "done": 1})
        with said.open("ab") as file:
            file.write(b'{"say": "progr')
        heard = rank.messages(1.0)
        assert next(heard) == {"say": "progress", "done": 1}
        said.write_bytes(said.read_bytes() + b'ess", "done": 2}\n')
        assert [message["done"] for message in heard] == [2]
        rank.close()
        assert not (tmp_path / "kill-1-0.asked").exists()
        rank.begin(job)
        assert (tmp_path / "job-1-1.json").exists()
        rank.stop()
        assert rank.stopping
        rank.close()
        assert (tmp_path / "kill-1-1.asked").exists()


def test_a_crash_over_there_is_a_crash_here_and_a_lost_rank_is_more(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text("{}")
    rank = Rank(tmp_path, 1)
    with present(tmp_path, 1):
        rank.begin(tmp_path / "job.json")
        told = {"what": "the worker process was killed by SIGSEGV", "turn": 3, "log": "its last words"}
        desks.append(tmp_path / "said-1-0.jsonl", {"say": "crashed", **told})
        with pytest.raises(Crashed, match=r"SIGSEGV \(rank 1\)"):
            list(rank.messages(1.0))
    assert (rank.turn(), rank.log()) == (3, "its last words")
    rank.begin(tmp_path / "job.json")
    with pytest.raises(LostRank, match="rank 1 has ended before its share was done"):
        list(rank.messages(1.0))


def test_a_follower_leaves_when_rank_0_is_gone(tmp_path: Path) -> None:
    with Crew() as crew:
        follower = Follower(tmp_path, of(1), SHELVES, crew, lambda _: None)
        with pytest.raises(LostRank, match="rank 0 has ended without a word"):
            follower.serve()
        (tmp_path / "end.json").write_text(json.dumps(True))
        follower.serve()
