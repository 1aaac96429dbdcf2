"""The versions of everything a number depends on. Loads neither torch nor transformers."""

from __future__ import annotations

from functools import cache
from importlib import metadata

from benchbench import __version__
from benchbench.measure.external import libraries
from benchbench.measure.shelves import CATALOG, Shelves
from benchbench.measure.starting import EAGER, is_counted
from benchbench.types import Trial

ENGINE = 1
"""Raise it when rounds, warm-up, allocator settings or batching change: earlier numbers are then measured again."""

LIBRARIES = ("torch", "transformers", "numpy")


@cache
def installed(distribution: str) -> str:
    """The version of an installed distribution, or "absent"."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def versions(trial: Trial, shelves: Shelves = CATALOG) -> dict[str, str]:
    """Versions by name: benchbench, the libraries, and the family, probe, steps and (for scored probes) dataset.

    Of a runtime other than eager, its own and those of its libraries.
    """
    probe = shelves.probes[trial.probe.name]
    found = {"benchbench": __version__, "measure": str(ENGINE)} | {name: installed(name) for name in LIBRARIES}
    found[f"family {trial.scale.family}"] = str(shelves.families[trial.scale.family].version)
    found[f"probe {trial.probe.name}"] = str(probe.version)
    found |= {f"step {use.name}": str(shelves.steps[use.name].version) for use in trial.variant.steps}
    runtime = trial.probe.condition.runtime
    if runtime != EAGER and not is_counted(probe):
        found[f"runtime {runtime}"] = str(shelves.runtimes[runtime].version)
        found |= {name: installed(name) for name in shelves.runtimes[runtime].libraries}
    found |= {name: installed(name) for name in libraries(trial.variant)}
    if probe.kind == "scored":
        found[f"dataset {trial.scale.dataset.name}"] = str(shelves.datasets[trial.scale.dataset.name].version)
    return found
