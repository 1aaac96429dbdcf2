"""What a trial descends from: weights, data, versions of code, machine. Tells its key, or why it cannot run here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchbench.catalog.contracts import Absent, Located, Probe, StaticProbe, Step, Training, Weights, reads_outputs
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.steps import STEPS
from benchbench.errors import BadData, BenchbenchError
from benchbench.measure import (
    Artifact,
    Artifacts,
    Need,
    device_signature,
    external,
    lacking,
    needs,
    unstarted,
    untrained,
    versions,
)
from benchbench.record import key, recipe
from benchbench.types import Failed, Metric, ProbeUse, Scale, Settings, Skipped, Trial, Use, Variant

BY_WORD = ("stand-in", "random")
HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*(?<!\.pth)(?<!\.pt)(?<!\.bin)(?<!\.safetensors)(?<!\.npz)")
"""A name of the Hugging Face hub: one slash, and no file's ending."""
LIBRARIES = ("torch", "transformers", "numpy")
"""Those whose arithmetic measured numbers depend on."""


class Lineage:
    """Looks everything up once. `machine` is what timings depend on besides the model (hardware, not load).

    `artifacts` are the recovered weights that there are; without them nothing is taken for missing. `allowed` names the
    external models that may run code of others.
    """

    def __init__(self, machine: Settings, artifacts: Artifacts | None = None, allowed: Collection[str] = ()) -> None:
        self._machine, self._allowed = machine, allowed
        self._artifacts = artifacts
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

    def doubt(self, scale: Scale) -> None:
        """Raises BenchbenchError for a checkpoint given by its place that cannot be read there.

        Costs on random weights are for checkpoints that are yet to be fetched, never for a misspelt path.
        """
        found, name = self.weights(scale), scale.checkpoint
        is_place = Path(name).exists() or not HUB_NAME.fullmatch(name)
        if isinstance(found, Absent) and (is_place or scale.is_stand_in) and name not in BY_WORD:
            raise BenchbenchError(f"{scale.place}: checkpoint '{name}': {found.reason}", found.remedy)

    def hindrance(self, trial: Trial) -> Skipped | Failed | None:
        """Why a trial cannot be measured on this machine as the suite wants it, or None."""
        try:
            return self._skipped(trial)
        except BadData as error:
            return Failed(f"BadData: {error}")

    def _skipped(self, trial: Trial) -> Skipped | None:
        if (found := unstarted(trial)) is not None:
            return found
        if trial.variant.external:
            found = external.hindrance(trial, PROBES[trial.probe.name], self._allowed)
            return found or self._unseen(trial)
        if not reads_outputs(PROBES[trial.probe.name]):
            return None
        weights = self.weights(trial.origin)
        if isinstance(weights, Absent):
            return Skipped(weights.reason, weights.remedy)
        own = trial.scale.name in trial.variant.checkpoints
        if trial.variant.architecture and not own and weights.kind == "trained":
            return Skipped(
                f"no checkpoint of the architecture of '{trial.variant.name}' is declared",
                f"declare one for {dict(trial.variant.architecture)} under `checkpoints:`",
            )
        return self._unseen(trial) or self._unscored(trial) or self._untaught(trial)

    def _unseen(self, trial: Trial) -> Skipped | None:
        """Data to score on that are not here. Raises BadData for broken ones, also of those to compare on."""
        probe, use = PROBES[trial.probe.name], trial.scale.calibration
        if compares(probe) and use is not None:
            self.data(use)
        if probe.kind != "scored":
            return None
        data = self.data(trial.scale.dataset)
        return Skipped(data.reason, data.remedy) if isinstance(data, Absent) else None

    def _unscored(self, trial: Trial) -> Skipped | None:
        """A cut that should be chosen on data, where there are none: its cost can be measured, its accuracy not.

        The weights of a training tell what was cut before it.
        """
        done = next((need.index + 1 for need in reversed(self.needs(trial)[-1:]) if self.artifact(need)), 0)
        chosen = [use.name for use in trial.variant.steps[done:] if chooses(use)]
        use = trial.scale.calibration
        found = self.data(use) if use else Absent("the scale declares no calibration data", "declare calibration:")
        if not chosen or isinstance(found, Located):
            return None
        return Skipped(f"{', '.join(chosen)} chooses on calibration data: {found.reason}", found.remedy)

    def _untaught(self, trial: Trial) -> Skipped | None:
        """Weights that have to be trained, where there is nothing to train them on."""
        absent = lacking(trial, self, STEPS, self.untrained(trial))
        return None if absent is None else Skipped(f"to be trained first: {absent.reason}", absent.remedy)

    def needs(self, trial: Trial) -> tuple[Need, ...]:
        """Every training on the way of a trial, its own last one last."""
        found: tuple[Need, ...] = self._once(
            f"needs {trial.seed} {trial.scale} {trial.variant}", lambda: needs(trial, self, FAMILIES, STEPS)
        )
        return found

    def artifact(self, need: Need) -> Artifact | None:
        """The recovered weights of a training, where there are any."""
        return None if self._artifacts is None else self._artifacts.find(need.key)

    def untrained(self, trial: Trial) -> tuple[Need, ...]:
        """The trainings that must be made before a trial can be scored, in order; none for what is not scored."""
        learns = reads_outputs(PROBES[trial.probe.name]) and _is_trained(trial.variant)
        if self._artifacts is None or not learns:
            return ()
        return untrained(trial, self._artifacts.find, self, FAMILIES, STEPS)

    def key(self, trial: Trial, reference: Variant) -> str:
        """The trial's key: equal as long as nothing that its numbers depend on has changed."""
        return key(
            _bare(trial),
            fingerprints=self._fingerprints(trial, reference),
            versions=code(trial),
            environment=self._environment(trial),
        )

    def _fingerprints(self, trial: Trial, reference: Variant) -> dict[str, str]:
        weights = self.weights(trial.origin)
        found = {"weights": "random" if isinstance(weights, Absent) else weights.fingerprint}
        found |= external.fingerprints(trial.variant)
        if PROBES[trial.probe.name].kind == "timed":
            found["reference"] = f"{[_told(use) for use in reference.steps]} {reference.architecture}"
            found |= external.fingerprints(reference, "external reference")
        if compares(PROBES[trial.probe.name]):
            found |= self._compared(trial, reference)
        if trial.variant.steps and trial.scale.calibration is not None:
            found["calibration"] = _fingerprint(self.data(trial.scale.calibration))
        if PROBES[trial.probe.name].kind == "scored":
            found["data"] = _fingerprint(self.data(trial.scale.dataset))
        if self._tells_weights(trial):
            artifact = self.artifact(self.needs(trial)[-1])
            found["recovered"] = "absent" if artifact is None else artifact.card.weights
        return found

    def _compared(self, trial: Trial, reference: Variant) -> dict[str, str]:
        """What a comparison depends on beside its trial: the images it is over, and the reference's own trial."""
        use = trial.scale.calibration
        found = {} if use is None else {"compared on": _fingerprint(self.data(use))}
        if trial.variant != reference:
            found["reference"] = self.key(replace(trial, variant=reference), reference)
        return found

    def _tells_weights(self, trial: Trial) -> bool:
        """Whether what is measured depends on which recovered weights there are: scores, and what trainings took."""
        probe = PROBES[trial.probe.name]
        told = isinstance(probe, StaticProbe) and probe.tells_training
        return (reads_outputs(probe) or told) and _is_trained(trial.variant)

    def _environment(self, trial: Trial) -> Settings:
        probe = PROBES[trial.probe.name]
        if _is_exact(probe):
            return {}
        found = versions(trial)
        packages: Settings = {name: found[name] for name in LIBRARIES}
        if reads_outputs(probe):
            return packages
        return {**packages, **self._machine, **device_signature(trial.probe.condition.device)}

    def _once(self, name: str, look: Callable[[], Any]) -> Any:
        if name not in self._found:
            self._found[name] = look()
        return self._found[name]


def _is_exact(probe: Probe) -> bool:
    return all(metric.exact for metric in probe.metrics)


def _bare(trial: Trial) -> Trial:
    """The trial without its number of threads, where no number depends on it: counts, and outputs but for last bits."""
    probe = PROBES[trial.probe.name]
    if not reads_outputs(probe) and not _is_exact(probe):
        return trial
    return replace(trial, probe=replace(trial.probe, condition=replace(trial.probe.condition, threads=0)))


def _fingerprint(data: Located | Absent) -> str:
    return "absent" if isinstance(data, Absent) else data.fingerprint


def code(trial: Trial) -> dict[str, str]:
    """The versions of every part of ours that a trial passes through; the program's own version changes no number."""
    return {name: number for name, number in versions(trial).items() if name not in {"benchbench", *LIBRARIES}}


def _told(use: Use) -> object:
    """A step of the reference: as a pair where nobody taught it."""
    return (use.name, dict(use.settings)) if use.teacher is None else recipe(use)


def chooses(use: Use) -> bool:
    """Whether a step is a cut that chooses on calibration data."""
    step = STEPS[use.name]
    return isinstance(step, Step) and step.chooses(**use.settings)


def seeded(variant: Variant, probe: ProbeUse) -> bool:
    """Whether what a probe measures of a variant depends on a training, and is repeated for each seed of a suite."""
    return PROBES[probe.name].kind == "scored" and _is_trained(variant)


def compares(probe: Probe) -> bool:
    """Whether a probe sets each variant against the reference."""
    return isinstance(probe, StaticProbe) and probe.compares


def is_clockless(use: ProbeUse) -> bool:
    """Whether a probe needs no clock and no data to score on: exact counts, and what sets outputs side by side."""
    probe = PROBES[use.name]
    return probe.kind == "static" and (_is_exact(probe) or compares(probe))


def is_timed(use: ProbeUse) -> bool:
    """Whether a probe takes times of a call, round by round."""
    return PROBES[use.name].kind == "timed"


def _is_trained(variant: Variant) -> bool:
    return any(trains(use.name) for use in variant.steps)


def closes(step: str) -> bool:
    """Whether no step can follow the one of this name."""
    return getattr(STEPS[step], "closes", False)


def on_processor(use: ProbeUse) -> ProbeUse:
    """What counts, and runs nothing, does so on the processor, whatever the device: it comes to the same."""
    probe = PROBES[use.name]
    told = isinstance(probe, StaticProbe) and probe.tells_training
    return replace(use, condition=replace(use.condition, device="cpu")) if _is_exact(probe) or told else use


def trains(step: str) -> bool:
    """Whether the step of this name trains."""
    return isinstance(STEPS[step], Training)


def metrics() -> dict[str, Metric]:
    """Every metric that a probe on the shelf yields, by name."""
    return {metric.name: replace(metric, probe=name) for name in PROBES for metric in PROBES[name].metrics}
