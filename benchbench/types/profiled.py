"""Where time and computation go inside of a model, and what the machine would allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchbench.types.declared import ProbeUse
from benchbench.types.judged import Estimate
from benchbench.types.plain import Settings


@dataclass(frozen=True)
class Machine:
    """What a machine can do at most, as `doctor --calibrate` measured it: float32 multiply-adds and bytes a second.

    `signature` are the settings of an environment for which this holds. `noise` is the standard deviation of the
    log-ratio of two equal arms in one round, by a robust estimate. `apart` is by statistic and number of rounds how far
    from 1 the ratio of equal arms is in 95 of 100 runs at most: no change below twice that is one. `notes` say how it
    was measured, `at` when (ISO 8601).
    """

    signature: Settings
    multiply_adds: float
    bandwidth: float
    noise: float
    at: str
    notes: tuple[str, ...] = ()
    apart: Mapping[str, float] = field(default_factory=dict)

    def is_that_of(self, environment: Settings) -> bool:
        """Whether something measured in this environment was measured on this machine."""
        return all(environment.get(name) == value for name, value in self.signature.items())


@dataclass(frozen=True)
class Load:
    """One call of a model, or of one of its blocks: multiply-adds, bytes that must move, seconds that it took.

    `share` is its rate over what the machine allows at its intensity; None where the machine is not known.
    """

    name: str
    macs: float
    moved: float
    seconds: float
    share: float | None = None

    @property
    def intensity(self) -> float:
        """Multiply-adds for each byte."""
        return self.macs / self.moved

    @property
    def rate(self) -> float:
        """Multiply-adds a second."""
        return self.macs / self.seconds


@dataclass(frozen=True)
class SpeedLimit:
    """How much faster a variant may be than the reference at most, by Amdahl's law, and how much faster it was.

    `outside` is the share of the reference's time in blocks that lost no multiply-adds; `outside_seconds` is that time
    in the reference and in the variant. `rates` are the multiply-adds a second of the cut blocks before and after,
    `peaks` the same over the machine's peak. `is_timed`: by the probe `latency`, and not by the profiles alone.
    """

    variant: str
    outside: float
    bound: float
    measured: Estimate
    is_timed: bool
    outside_seconds: tuple[float, float]
    rates: tuple[float, float] | None = None
    peaks: tuple[float, float] | None = None


@dataclass(frozen=True)
class Profile:
    """The models of one scale under one use of the probe `layers`, and the blocks of the reference.

    `parts` are the same blocks, those of each stack as one.
    """

    scale: str
    use: ProbeUse
    reference: str
    machine: Machine | None
    models: tuple[Load, ...]
    blocks: tuple[Load, ...]
    parts: tuple[Load, ...]
    limits: tuple[SpeedLimit, ...]
