"""What a run says when another one has to be waited for."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.measure import Progress
from benchbench.record import Store


def waiting(store: Store, name: str, label: str) -> Iterator[Progress]:
    """A line that stays, if another run holds the lock `name`; whoever takes it then waits for that run."""
    if store.held(name):
        yield Progress(label, 0, 0, "another run is at it; waiting for what it finds", lasting=True)
