"""What a suite may name, gathered from the catalog."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.catalog.contracts import Probe
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.shelf import settings_of
from benchbench.catalog.steps import STEPS
from benchbench.declare import Vocabulary
from benchbench.lineage import closes, metrics, trains


def vocabulary() -> Vocabulary:
    """Everything a suite may name, with the settings each thing takes."""
    return Vocabulary(
        families={name: settings_of(FAMILIES[name].build) for name in FAMILIES},
        inputs={name: settings_of(FAMILIES[name].prepare) for name in FAMILIES},
        steps={name: settings_of(STEPS[name].declared) for name in STEPS},
        datasets={name: settings_of(DATASETS[name].locate) for name in DATASETS},
        probes={name: settings_of(_takes_settings(PROBES[name])) for name in PROBES},
        metrics=frozenset(metrics()),
        training=frozenset(filter(trains, STEPS)),
        closing=frozenset(filter(closes, STEPS)),
    )


def _takes_settings(probe: Probe) -> Callable[..., object]:
    if probe.kind == "static":
        return probe.measure
    return probe.prepare if probe.kind == "timed" else probe.summarise
