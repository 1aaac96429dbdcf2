"""`run` by several processes: `--jobs`, and ranks as torchrun starts them, in good and in bad health."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.end_to_end.conftest import Place

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SCORES = ("run", "small.yaml", "-k", "coco-ap", "--set", "scales.stand-in.dataset.shapes.count=40")
DEADLINE_S = 120.0


def scores(place: Place) -> dict[str, dict[str, bytes]]:
    """Every array of the rows, by variant: 40 images in 20 batches."""
    found = {}
    for path in sorted((place.folder / "records").glob("stand-in/coco-ap/*rows.npz")):
        with np.load(path) as arrays:
            found[path.name.split("-")[0]] = {name: arrays[name].tobytes() for name in arrays.files}
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> dict[str, dict[str, bytes]]:
    """The rows as one process makes them."""
    import os

    from tests.end_to_end.conftest import SUITE

    folder = tmp_path_factory.mktemp("alone")
    (folder / "small.yaml").write_text(SUITE, encoding="utf-8")
    place = Place(folder, folder / "small.yaml", {**os.environ, "XDG_CACHE_HOME": str(cache)})
    ended = place.run(*SCORES)
    assert ended.returncode == 0, ended.stderr
    return scores(place)


def torchrun(place: Place, *words: str) -> subprocess.Popen[str]:
    """Two ranks, started as people do it."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**place.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [*launcher, "-m", "benchbench", *words]
    return subprocess.Popen(
        command, cwd=place.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ranks(place: Place, *words: str) -> list[subprocess.Popen[str]]:
    """Two ranks without anybody who looks after them, as a batch system may start them."""
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    return [
        replace(place, environment=place.environment | told | {"RANK": str(rank), "LOCAL_RANK": str(rank)}).start(
            *words
        )
        for rank in range(2)
    ]


def wait_for(condition: Callable[[], object]) -> None:
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < DEADLINE_S


def at_work(place: Place) -> bool:
    """Whether the second rank has been given its share."""
    return bool(list((place.folder / "records" / ".ranks").glob("*/job-1-0.json")))


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=30)[1]


def test_jobs_give_the_rows_of_one_process(place: Place, alone: dict[str, dict[str, bytes]]) -> None:
    ended = place.run(*SCORES, "--jobs", "3")
    assert ended.returncode == 0, ended.stderr
    assert len(alone) == 2
    assert scores(place) == alone


def test_ranks_give_the_rows_of_one_process(place: Place, alone: dict[str, dict[str, bytes]]) -> None:
    running = torchrun(place, *SCORES)
    _, words = running.communicate(timeout=300)
    assert running.returncode == 0, words
    assert words.count("report: ") == 1, "rank 0 alone reports"
    assert scores(place) == alone
    assert not list((place.folder / "records" / ".ranks").iterdir())


def test_jobs_and_ranks_exclude_each_other(place: Place) -> None:
    told = {"WORLD_SIZE": "2", "RANK": "0"}
    ended = replace(place, environment=place.environment | told).run(*SCORES, "--jobs", "2")
    assert ended.returncode == 2
    assert "use one of them" in ended.stderr


def test_when_a_rank_dies_rank_0_says_so_and_another_run_goes_on(
    place: Place, alone: dict[str, dict[str, bytes]]
) -> None:
    first, second = ranks(place, *SCORES)
    wait_for(lambda: at_work(place))
    workers = [child for each in (first, second) for child in psutil.Process(each.pid).children(recursive=True)]
    second.kill()
    _, words = first.communicate(timeout=DEADLINE_S)
    second.communicate()
    assert first.returncode == 3, words
    assert "rank 1 has ended before its share was done" in words
    assert gone(workers)
    again = place.run(*SCORES)
    assert again.returncode == 0, again.stderr
    assert scores(place) == alone


def test_when_rank_0_dies_no_other_stays(place: Place) -> None:
    first, second = ranks(place, *SCORES)
    wait_for(lambda: at_work(place))
    workers = [child for each in (first, second) for child in psutil.Process(each.pid).children(recursive=True)]
    first.kill()
    _, words = second.communicate(timeout=DEADLINE_S)
    first.communicate()
    assert second.returncode == 3, words
    assert "rank 0 has ended without a word" in words
    assert gone(workers)


def test_torchrun_ends_all_when_a_rank_dies(place: Place) -> None:
    running = torchrun(place, *SCORES)
    wait_for(lambda: at_work(place))
    family = psutil.Process(running.pid).children(recursive=True)
    [victim] = [each for each in family if each.environ().get("RANK") == "1"]
    victim.kill()
    _, words = running.communicate(timeout=DEADLINE_S)
    assert running.returncode != 0
    assert "run it again to go on" in words or "run the same command again" in words
    assert gone(family)
