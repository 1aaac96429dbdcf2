"""The ranks above 0: each gives its share of a scored cohort to a worker of its own, until rank 0 is done."""

from __future__ import annotations

import json
import time
from pathlib import Path

from benchbench.errors import Crashed
from benchbench.measure import desk as desks
from benchbench.measure.crew import Crew, surroundings
from benchbench.measure.desk import LOOK_EVERY_S, LostRank, Sleep
from benchbench.measure.hearing import Hearing
from benchbench.measure.job import Job
from benchbench.measure.launch import PARTING_S, PATIENCE_S, Launch, machine, present, wait
from benchbench.measure.process import WorkerProcess
from benchbench.measure.sharding import own_device, visible_devices
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.wire import revive


def follow(
    desk: Path, launch: Launch, shelves: Shelves = CATALOG, patience_s: float = PATIENCE_S, sleep: Sleep = time.sleep
) -> None:
    """Do what rank 0 asks until it is done. Raises LostRank where it does not come, or dies."""
    with present(desk, launch.rank), Crew() as crew:
        follower = Follower(desk, launch, shelves, crew, sleep)
        follower.greet(patience_s)
        follower.serve()


class Follower:
    def __init__(self, desk: Path, launch: Launch, shelves: Shelves, crew: Crew, sleep: Sleep) -> None:
        self._desk, self._launch, self._shelves, self._crew, self._sleep = desk, launch, shelves, crew, sleep
        self._me, self._done = desks.whoami(), 0

    def greet(self, patience_s: float) -> None:
        """Say hello until rank 0 has taken notice; what an earlier program of this name left, it clears away first."""
        hello, here, own = self._desk / f"hello-{self._launch.rank}.json", machine(), str(self._launch.rank)

        def noticed() -> bool:
            if not hello.exists():
                desks.write(hello, {"me": self._me, "machine": here})
            known = (desks.read(self._desk / f"{name}.json") for name in ("session", "end"))
            return any(isinstance(each, dict) and each.get(own) == self._me for each in known)

        if not wait(noticed, patience_s, self._sleep):
            raise LostRank(f"rank 0 has not come to {self._desk} within {patience_s:g} s", "look at what it says")

    def serve(self) -> None:
        """One job after another."""
        while not (self._desk / "end.json").exists():
            self._look_for_rank_0()
            job = self._place("job", "json")
            if job.exists():
                self._do(job)
                self._done += 1
            else:
                self._sleep(LOOK_EVERY_S)

    def _do(self, path: Path) -> None:
        """Give a job to a worker and pass its words on."""
        job = revive(Job, json.loads(path.read_text(encoding="utf-8")))
        condition, probe = job.cohort.probe.condition, self._shelves.probes[job.cohort.probe.name]
        around = surroundings(probe, job.work.threads)
        around |= own_device(self._launch.local, condition.device, visible_devices())
        worker = self._crew.take(around)
        hearing: Hearing | None = None
        try:
            worker.begin(path)
            hearing = Hearing([worker], job.work.timeout_s)
            self._relay(worker, hearing)
        finally:
            worker.close()
            if hearing:
                hearing.join()

    def _relay(self, worker: WorkerProcess, hearing: Hearing) -> None:
        said = self._place("said", "jsonl")
        while hearing.open:
            self._obey(worker)
            for _, message in hearing.soon(LOOK_EVERY_S):
                if isinstance(message, Crashed):
                    worker.kill()
                    told = {"what": str(message), "turn": worker.turn(), "log": worker.log()}
                    desks.append(said, {"say": "crashed", **told})
                elif isinstance(message, Exception):
                    raise message
                else:
                    desks.append(said, message or {"say": "done"})

    def _obey(self, worker: WorkerProcess) -> None:
        self._look_for_rank_0()
        if self._place("kill", "asked").exists():
            worker.slay()
        elif self._place("stop", "asked").exists() and not worker.stopping:
            worker.stop()

    def _look_for_rank_0(self) -> None:
        ended = self._desk / "end.json"
        if not desks.lives(self._desk, 0) and not wait(ended.exists, min(1.0, PARTING_S), self._sleep):
            raise LostRank("rank 0 has ended without a word", "its own words tell why; run the same command again")

    def _place(self, kind: str, ending: str) -> Path:
        return self._desk / f"{kind}-{self._launch.rank}-{self._done}.{ending}"
