"""One program started several times by torchrun: which of them this process is, and how they come together."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from benchbench.errors import BenchbenchError
from benchbench.measure import desk as desks
from benchbench.measure.desk import LOOK_EVERY_S, LostRank, Sleep
from benchbench.measure.environment import environment
from benchbench.measure.versions import LIBRARIES
from benchbench.types import Json

PATIENCE_S = 300.0
"""How long ranks wait for one another at the start: importing from a cold disk takes its time."""
PARTING_S = 20.0
"""How long rank 0 waits for the others to end, and they for a word of it."""
ALIKE = ("cpu", "architecture", "python", *LIBRARIES)
"""What must agree between machines for their numbers to be the same to the last bit."""


@dataclass(frozen=True)
class Launch:
    """This process among `size` ranks, of which `here` are on this machine, it being the `local`th of these."""

    rank: int
    size: int
    local: int
    here: int
    name: str


def launched(variables: Mapping[str, str] = os.environ) -> Launch | None:
    """What torchrun has set; None for a process of its own. Raises BenchbenchError for what makes no sense."""
    if "RANK" not in variables or "WORLD_SIZE" not in variables:
        return None
    try:
        rank, size = int(variables["RANK"]), int(variables["WORLD_SIZE"])
        local = int(variables.get("LOCAL_RANK", rank))
        here = int(variables.get("LOCAL_WORLD_SIZE", size))
    except ValueError as error:
        raise BenchbenchError(
            f"RANK, WORLD_SIZE or LOCAL_RANK is no number: {error}", "start it by torchrun"
        ) from error
    if not 0 <= rank < size:
        raise BenchbenchError(f"RANK {rank} is not below WORLD_SIZE {size}", "unset both, or start it by torchrun")
    told = [variables.get(name, "") for name in ("TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT")]
    return Launch(rank, size, local, here, hashlib.sha256(" ".join(told).encode()).hexdigest()[:16])


def desk_of(records: Path, launch: Launch) -> Path:
    """The folder where the ranks of this launch meet: below the folder of records, which they share."""
    desk = records.absolute() / ".ranks" / launch.name
    try:
        desk.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchbenchError(
            f"cannot write to {desk}: {error.strerror}", "choose another place with --records"
        ) from error
    return desk


@contextlib.contextmanager
def present(desk: Path, rank: int) -> Iterator[None]:
    """Hold this rank's lock, so that the others see it live. Raises BenchbenchError where another process has it."""
    from filelock import Timeout

    own = desks.lock(desk, rank)
    try:
        own.acquire(timeout=0)
    except Timeout:
        raise BenchbenchError(
            f"there is a rank {rank} at {desk} already", "another run under the same name? give --rdzv-id or a port"
        ) from None
    except (OSError, NotImplementedError) as error:
        raise BenchbenchError(
            f"cannot lock files in {desk}: {error}", "choose --records on a disk with locks"
        ) from error
    try:
        yield
    finally:
        own.release()


@contextlib.contextmanager
def leading(desk: Path, launch: Launch, patience_s: float = PATIENCE_S, sleep: Sleep = time.sleep) -> Iterator[None]:
    """Rank 0: gather the others, and send them home at the end. Raises LostRank for one that does not come."""
    with present(desk, 0):
        for left in desk.iterdir():
            if left.suffix not in {".lock", ".part"}:
                left.unlink()
        try:
            desks.write(desk / "session.json", _gathered(desk, launch, patience_s, sleep))
            yield
        finally:
            desks.write(desk / "end.json", _marks(desk, launch))
            gone = wait(lambda: not any(desks.lives(desk, rank) for rank in range(1, launch.size)), PARTING_S, sleep)
    if gone:
        shutil.rmtree(desk, ignore_errors=True)


def _gathered(desk: Path, launch: Launch, patience_s: float, sleep: Sleep) -> dict[str, Json]:
    """Each rank's mark, once all are there and alike."""
    found: dict[str, Json] = {}

    def complete() -> bool:
        for rank in range(1, launch.size):
            hello = desks.read(desk / f"hello-{rank}.json")
            if isinstance(hello, dict) and desks.lives(desk, rank):
                _compare(rank, hello["machine"])
                found[str(rank)] = hello["me"]
        return len(found) == launch.size - 1

    if not wait(complete, patience_s, sleep):
        missing = [rank for rank in range(1, launch.size) if str(rank) not in found]
        raise LostRank(
            f"rank {missing[0]} of {launch.size} has not come to {desk} within {patience_s:g} s",
            "do all ranks share the folder of records, and does its disk have locks?",
        )
    return found


def _marks(desk: Path, launch: Launch) -> dict[str, Json]:
    """The marks of all who have said hello: an end tells them, too, whom no session has named."""
    hellos = {str(rank): desks.read(desk / f"hello-{rank}.json") for rank in range(1, launch.size)}
    return {rank: hello["me"] for rank, hello in hellos.items() if isinstance(hello, dict)}


def machine() -> dict[str, Json]:
    """What of this machine numbers depend on to the last bit."""
    here = environment()
    return {name: here.get(name) for name in ALIKE}


def _compare(rank: int, other: Json) -> None:
    here = machine()
    for name, value in other.items() if isinstance(other, dict) else ():
        if here.get(name) != value:
            raise BenchbenchError(
                f"rank {rank} has {name} {value}, rank 0 {here.get(name)}: their numbers may differ in the last bits",
                "start all ranks on machines of one kind, with the same versions",
            )


def wait(until: Callable[[], bool], patience_s: float, sleep: Sleep) -> bool:
    """Whether it came true within so many seconds."""
    for _ in range(int(patience_s / LOOK_EVERY_S) + 1):
        if until():
            return True
        sleep(LOOK_EVERY_S)
    return False


@contextlib.contextmanager
def ending_well() -> Iterator[None]:
    """SIGTERM, by which torchrun ends the ranks when one has died, becomes an error: workers are then ended too."""

    def on_terminate(_number: int, _frame: FrameType | None) -> None:
        raise LostRank("ended by SIGTERM, as torchrun does when another rank has died", "run it again to go on")

    before = signal.signal(signal.SIGTERM, on_terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
