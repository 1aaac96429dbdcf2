"""Recovered weights on disk: content-addressed tensors, and a card for each training."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.errors import BenchbenchError, BrokenRecord, Unwritable
from benchbench.measure.cards import SHA256, Card, read, write
from benchbench.whole_files import write_whole

if TYPE_CHECKING:
    from torch import Tensor

DAY_S = 86400.0
HINT = "free some space; a training goes on from its last checkpoint when the command is run again"


@dataclass(frozen=True)
class Artifact:
    """A training that is done: its card and the file of its tensors. Shipped ones are never removed."""

    card: Card
    weights: Path
    shipped: bool = False


class Artifacts:
    """A folder of recovered weights, and another that is only read. Neither need exist.

    What is damaged counts as absent and is told in `broken`: a card that does not validate, a file of weights that is
    missing or whose sha256 is not its name.
    """

    def __init__(self, folder: Path, shipped: Path | None = None) -> None:
        self.folder = folder
        self._shipped = shipped
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}
        self.broken: dict[Path, str] = {}

    def find(self, key: str) -> Artifact | None:
        """The artifact of a training's key, one's own before a shipped one; None where there is none to be used."""
        if not SHA256.fullmatch(key):
            return None
        return next((found for place in self._places() if (found := self._intact(place, key))), None)

    def cards(self) -> tuple[Artifact, ...]:
        """Every artifact that can be used, by key; a key's own before its shipped one."""
        keys = {path.stem for place in self._places() for path in (place / "cards").glob("*.json")}
        return tuple(found for key in sorted(keys) if (found := self.find(key)))

    def keep(self, key: str, tensors: Mapping[str, Tensor], card: Card) -> Artifact:
        """Write tensors, then their card, each whole or not at all; the file's name goes into the card.

        Raises BenchbenchError where the disk is full or may not be written to; nothing that was there is touched.
        """
        from safetensors.torch import save

        plain = {name: tensors[name].detach().cpu().contiguous().clone() for name in sorted(tensors)}
        content = save(plain)
        name = hashlib.sha256(content).hexdigest()
        told = [*card.surgery[:-1], *({**entry, "artifact": name} for entry in card.surgery[-1:])]
        whole = replace(card, key=key, weights=name, surgery=told)
        weights = self.folder / "weights" / f"{name}.safetensors"
        try:
            write_whole(weights, content)
            write_whole(self.folder / "cards" / f"{key}.json", write(whole))
        except Unwritable as error:
            # This training's trials fail by it, and others need not.
            raise BenchbenchError(error.what, HINT) from error
        return Artifact(whole, weights)

    def training(self, key: str) -> Path:
        """The folder of the checkpoints of a training that is under way; made if it is not there."""
        folder = self.folder / "training" / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        return folder

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Hold a training against other runs; the system lets go of it when a process dies. Raises BenchbenchError."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.training(key).with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BenchbenchError("another run trains these weights", "wait for it, then run this again") from None
        try:
            yield
        finally:
            lock.release()

    def prune(
        self, wanted: Callable[[str], bool], now: Callable[[], float] = time.time, *, dry: bool = False
    ) -> tuple[Path, ...]:
        """Remove the cards of unwanted keys, the weights they alone named, and what trainings and kills left behind.

        Such leftovers (unfinished checkpoints, half-written files, weights without a card) go when they are older than
        a day. Answers the files that were removed, or with `dry` would be.
        """
        from benchbench.measure.pruning import prune

        return tuple(prune(self.folder, wanted, now() - DAY_S, dry=dry))

    def _places(self) -> tuple[Path, ...]:
        return (self.folder,) if self._shipped is None else (self.folder, self._shipped)

    def _intact(self, place: Path, key: str) -> Artifact | None:
        path = place / "cards" / f"{key}.json"
        if not path.is_file():
            return None
        try:
            card = read(path)
            weights = place / "weights" / f"{card.weights}.safetensors"
            if self._sha256(weights) != card.weights:
                raise BrokenRecord(f"{weights}: its content is not what its name says", "it is not used")
        except (OSError, BrokenRecord) as error:
            self.broken[path] = str(error)
            return None
        self.broken.pop(path, None)
        return Artifact(card, weights, place == self._shipped)

    def _sha256(self, path: Path) -> str:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if self._known.get(path, ((0, 0), ""))[0] != stamp:
            with path.open("rb") as file:
                self._known[path] = (stamp, hashlib.file_digest(file, "sha256").hexdigest())
        return self._known[path][1]


def unwritable(place: Path, error: OSError) -> BenchbenchError:
    """What is said of a full or forbidden disk."""
    return BenchbenchError(f"cannot write to {place}: {error.strerror or error}", HINT)
