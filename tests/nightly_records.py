"""Records of many nights, as a nightly job would leave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from benchbench.types import (
    Condition,
    Failed,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Trial,
    Use,
    Variant,
)

SCALE = Scale("small", "Small", "detr", "random", Use("shapes"), timing=(96, 96))
START = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
HERE: dict[str, Json] = {"cpu": "A CPU", "cores_usable": 2, "threads": 2, "device": "cpu", "torch": "2.13.0"}
ROUNDS = 12


def timed(variant: str = "heads", probe: str = "latency") -> Trial:
    return Trial(Variant(variant, variant), SCALE, ProbeUse(probe, condition=Condition(threads=2)))


def kept(trial: Trial, night: int, outcome: Measured | Failed, machine: dict[str, Json] | None = None) -> Record:
    at = (START + timedelta(days=night)).isoformat()
    facts: dict[str, Json] = {"weights": "random", "commit": f"{night:040x}"}
    versions = {"probe latency": "1"}
    return Record(f"{night:064x}", trial, outcome, machine or HERE, versions, facts, f"run-{night:04}", at)


def latencies(ratios: Sequence[float], trial: Trial | None = None, seed: int = 0) -> Iterator[Record]:
    """A night for each ratio to the reference, whose own time drifts by a fifth from night to night."""
    draw = np.random.default_rng(seed)
    for night, ratio in enumerate(ratios):
        busy = 10.0 * np.exp(draw.normal(0, 0.2))
        reference = busy * np.exp(draw.normal(0, 0.03, ROUNDS))
        samples = reference * ratio * np.exp(draw.normal(0, 0.02, ROUNDS))
        columns = {"round": tuple(map(float, range(ROUNDS))), "reference": tuple(reference), "twin": tuple(reference)}
        yield kept(trial or timed(), night, Measured((Measurement("latency_ms", tuple(samples), columns),)))


def counts(values: Sequence[int], trial: Trial | None = None) -> Iterator[Record]:
    """A night for each number of parameters."""
    for night, value in enumerate(values):
        outcome = Measured((Measurement("params", (float(value),)),))
        yield kept(trial or timed(probe="size"), night, outcome)
