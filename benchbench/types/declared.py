"""What a suite file declares to be built and measured."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from benchbench.types.claimed import Claim, Document
from benchbench.types.plain import NOWHERE, Place, Settings


@dataclass(frozen=True)
class Use:
    """The naming of a catalog entry (step, dataset, probe) with its settings.

    `teacher` is the variant that a training step's setting of this name means, resolved when the suite is read.
    """

    name: str
    settings: Settings = field(default_factory=dict)
    teacher: Variant | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Variant:
    """A recipe: ordered steps from the family's checkpoint, `from:` already flattened into `steps`.

    A non-empty `architecture` replaces settings of the family's build (another backbone, say), so that the
    checkpoint of the scale does not fit: weights are random, unless `checkpoints` names another one for that scale.
    `external` is a model that somebody else built, which takes no architecture and no steps. `scales` empty means
    every scale.
    """

    name: str
    title: str
    steps: tuple[Use, ...] = ()
    architecture: Settings = field(default_factory=dict)
    scales: tuple[str, ...] = ()
    parent: str = ""
    note: str = ""
    checkpoints: Settings = field(default_factory=dict)
    """By scale, the checkpoint that this variant begins with instead of the scale's."""
    external: str = ""
    """A file `model.onnx`, a folder that `benchbench export` wrote, or `package.module:factory` of an nn.Module."""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def digest(self) -> str:
        """Six letters that tell recipes of one name apart: of the steps with their teachers, and what they begin at."""
        told = json.dumps(_recipe(self), sort_keys=True, default=str)
        return sha256(told.encode()).hexdigest()[:6]


def _recipe(variant: Variant) -> list[Any]:
    """Without names of variants and titles: they may change, and the model stays the same."""
    steps = [_step(use) for use in variant.steps]
    return [steps, dict(variant.architecture), dict(variant.checkpoints), variant.external]


def _step(use: Use) -> list[Any]:
    if use.teacher is None:
        return [use.name, dict(use.settings)]
    settings = {name: value for name, value in use.settings.items() if name != "teacher"}
    return [use.name, settings, _recipe(use.teacher)]


@dataclass(frozen=True)
class Scale:
    """One size at which a suite can be measured: checkpoint, data and input size."""

    name: str
    title: str
    family: str
    checkpoint: str
    dataset: Use
    architecture: Settings = field(default_factory=dict)
    input: Settings = field(default_factory=dict)
    timing: tuple[int, int] = (0, 0)
    """Height and width in pixels of the input for cost probes."""
    calibration: Use | None = None
    training: Use | None = None
    """Labelled data for recovery training; never those of `dataset`."""
    unlabelled: Use | None = None
    """Data whose labels training may not see: a teacher labels them."""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def is_stand_in(self) -> bool:
        """Whether its weights are a small model's that ships with the package; "stand-in/ti" is one of several."""
        return self.checkpoint.partition("/")[0] == "stand-in"


@dataclass(frozen=True)
class Condition:
    """What a measurement runs under. `threads` 0 means: all cores this process may use."""

    device: str = "cpu"
    dtype: str = "float32"
    batch: int = 1
    threads: int = 0
    runtime: str = "eager"


@dataclass(frozen=True)
class ProbeUse:
    """A probe as a suite asks for it. Empty `scales` or `variants` mean all of them.

    `variants` are those measured within the default budget; the others are skipped unless all are asked for.
    """

    name: str
    settings: Settings = field(default_factory=dict)
    condition: Condition = Condition()
    scales: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Budget:
    """Time for the timed cohorts of a suite, in seconds, and the rounds none may fall below."""

    seconds: float = 300.0
    min_rounds: int = 5
    half_width: float = 0.02
    """Relative half-width of the paired ratio at which a cohort counts as resolved."""


@dataclass(frozen=True)
class Suite:
    """A declared comparison: what to build, what to measure, what to judge."""

    name: str
    title: str
    path: str
    family: str
    reference: str
    document: Document
    scales: tuple[Scale, ...]
    variants: tuple[Variant, ...]
    probes: tuple[ProbeUse, ...]
    attempts: tuple[Variant, ...] = ()
    claims: tuple[Claim, ...] = ()
    budget: Budget = Budget()
    seed: int = 0
    seeds: tuple[int, ...] = ()
    """Seeds of every training; those after the first repeat it, so that its spread is known. Empty: `seed` alone."""
    condition: Condition = Condition()
    """Device and dtype of the probes that name none."""

    @property
    def page(self) -> str:
        """The name of its reports; those of another device or dtype lie beside the usual ones."""
        usual = Condition()
        ours, theirs = (self.condition.device, self.condition.dtype), (usual.device, usual.dtype)
        differing = [own.replace(":", "") for own, other in zip(ours, theirs, strict=True) if own != other]
        return "-".join([self.name, *differing])
