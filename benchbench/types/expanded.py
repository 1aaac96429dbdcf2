"""What a suite comes to once expanded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from benchbench.types.declared import ProbeUse, Scale, Variant


@dataclass(frozen=True)
class Trial:
    """Variant x scale x probe x condition x seed: the unit of caching and of failure."""

    variant: Variant
    scale: Scale
    probe: ProbeUse
    seed: int = 0

    @property
    def origin(self) -> Scale:
        """The scale, with the checkpoint that this variant begins with there."""
        named = self.variant.checkpoints.get(self.scale.name)
        return replace(self.scale, checkpoint=str(named)) if named else self.scale

    @property
    def label(self) -> str:
        """In words; seed 0, which most have, goes without saying."""
        named = f"{self.scale.name} / {self.probe.name} / {self.variant.name}"
        return f"{named} (seed {self.seed})" if self.seed else named

    @cached_property
    def identity(self) -> str:
        """Tells trials of one suite apart, also those of one probe under several conditions, and repeated trainings."""
        return f"{self.label} {self.probe.condition} {sorted(self.probe.settings.items())} {self.seed}"


@dataclass(frozen=True)
class Cohort:
    """The trials that must be measured side by side: the variants of one scale, probe and condition."""

    scale: Scale
    probe: ProbeUse
    reference: Variant
    trials: tuple[Trial, ...]

    @property
    def label(self) -> str:
        return f"{self.scale.name} / {self.probe.name}"

    @property
    def identity(self) -> str:
        """Tells cohorts of one suite apart, also those of one probe under several conditions."""
        return f"{self.label} {self.probe.condition} {sorted(self.probe.settings.items())}"
