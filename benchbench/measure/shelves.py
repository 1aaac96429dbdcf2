"""The shelves a worker takes things from: the catalog's own, unless a test brings others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from benchbench.catalog.contracts import Dataset, Family, Probe, Runtime, Step, Training
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.runtimes import RUNTIMES
from benchbench.catalog.steps import STEPS
from benchbench.types import Settings

Entry_co = TypeVar("Entry_co", covariant=True)


class Lookup(Protocol[Entry_co]):
    """Anything that answers a name with an entry, or raises UnknownName."""

    def __getitem__(self, name: str, /) -> Entry_co: ...


@dataclass(frozen=True)
class Shelves:
    families: Lookup[Family]
    steps: Lookup[Step | Training]
    datasets: Lookup[Dataset]
    probes: Lookup[Probe]
    runtimes: Lookup[Runtime] = RUNTIMES


CATALOG = Shelves(FAMILIES, STEPS, DATASETS, PROBES)


def keywords(settings: Settings) -> dict[str, object]:
    """A suite's settings as keyword arguments: `area-range` becomes `area_range`."""
    return {name.replace("-", "_"): value for name, value in settings.items()}
