"""What a trial descends from: weights, data, versions of code, machine. Tells its key, or why it cannot run here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchbench.catalog.contracts import Absent, Located, Weights
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.measure import versions
from benchbench.record import key
from benchbench.types import Metric, Scale, Settings, Skipped, Trial, Use, Variant

LIBRARIES = ("torch", "transformers", "numpy")
"""Those whose arithmetic measured numbers depend on."""


class Lineage:
    """Looks everything up once. `machine` is what timings depend on besides the model (hardware, not load)."""

    def __init__(self, machine: Settings) -> None:
        self._machine = machine
        self._found: dict[str, Any] = {}

    def weights(self, scale: Scale) -> Weights | Absent:
        """The checkpoint of a scale."""
        found: Weights | Absent = self._once(
            f"{scale.family} {scale.checkpoint}", lambda: FAMILIES[scale.family].locate(scale.checkpoint)
        )
        return found

    def data(self, use: Use) -> Located | Absent:
        """A dataset as a suite uses it."""
        found: Located | Absent = self._once(
            f"{use.name} {dict(use.settings)}", lambda: DATASETS[use.name].locate(**use.settings)
        )
        return found

    def skipped(self, trial: Trial) -> Skipped | None:
        """Why a trial cannot be measured on this machine as the suite wants it, or None."""
        if PROBES[trial.probe.name].kind != "scored":
            return None
        weights = self.weights(trial.scale)
        if isinstance(weights, Absent):
            return Skipped(weights.reason, weights.remedy)
        if trial.variant.architecture and weights.kind == "trained":
            return Skipped(
                f"no checkpoint of the architecture of '{trial.variant.name}' is declared",
                f"train one and declare a scale for it: {dict(trial.variant.architecture)}",
            )
        data = self.data(trial.scale.dataset)
        return Skipped(data.reason, data.remedy) if isinstance(data, Absent) else None

    def key(self, trial: Trial, reference: Variant) -> str:
        """The trial's key: equal as long as nothing that its numbers depend on has changed."""
        return key(
            trial,
            fingerprints=self._fingerprints(trial, reference),
            versions=code(trial),
            environment=self._environment(trial),
        )

    def _fingerprints(self, trial: Trial, reference: Variant) -> dict[str, str]:
        weights = self.weights(trial.scale)
        found = {"weights": "random" if isinstance(weights, Absent) else weights.fingerprint}
        if PROBES[trial.probe.name].kind == "timed":
            found["reference"] = (
                f"{[(use.name, dict(use.settings)) for use in reference.steps]} {reference.architecture}"
            )
        if trial.variant.steps and trial.scale.calibration is not None:
            found["calibration"] = _fingerprint(self.data(trial.scale.calibration))
        if PROBES[trial.probe.name].kind == "scored":
            found["data"] = _fingerprint(self.data(trial.scale.dataset))
        return found

    def _environment(self, trial: Trial) -> Settings:
        probe = PROBES[trial.probe.name]
        if all(metric.exact for metric in probe.metrics):
            return {}
        packages: Settings = {name: versions(trial)[name] for name in LIBRARIES}
        if probe.kind == "scored":
            return packages
        return {**packages, **self._machine}

    def _once(self, name: str, look: Callable[[], Any]) -> Any:
        if name not in self._found:
            self._found[name] = look()
        return self._found[name]


def _fingerprint(data: Located | Absent) -> str:
    return "absent" if isinstance(data, Absent) else data.fingerprint


def code(trial: Trial) -> dict[str, str]:
    """The versions of every part of ours that a trial passes through; the program's own version changes no number."""
    return {name: number for name, number in versions(trial).items() if name not in {"benchbench", *LIBRARIES}}


def metrics() -> dict[str, Metric]:
    """Every metric that a probe on the shelf yields, by name."""
    return {metric.name: replace(metric, probe=name) for name in PROBES for metric in PROBES[name].metrics}
