"""Small stores of made-up records, for whatever compares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchbench.catalog.formulas.rows import gather, save
from benchbench.record import Store
from benchbench.types import (
    Condition,
    Failed,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Settings,
    Trial,
    Use,
    Variant,
)

SCALE = Scale("stand-in", "glyphs", "vit", "stand-in", Use("glyphs"), timing=(32, 32))
MACHINE: Settings = {"cpu": "made-up", "cores_usable": 2, "device": "cpu", "threads": 2, "torch": "2.0"}
DATA: Settings = {"data_fingerprint": "d", "images": 200, "weights": "trained"}
TRAINED = (Use("finetune", {"steps": 10}),)


def trial(probe: str, variant: str = "base", seed: int = 0, steps: tuple[Use, ...] = ()) -> Trial:
    """A trial of a made-up suite."""
    return Trial(Variant(variant, variant, steps), SCALE, ProbeUse(probe, condition=Condition(threads=2)), seed)


def kept(
    folder: Path,
    of: Trial,
    outcome: Measured | Failed,
    *,
    at: str = "2026-11-22T01:00",
    environment: Settings = MACHINE,
    facts: Settings = DATA,
    versions: Mapping[str, str] | None = None,
    rows: Path | None = None,
    key: str = "",
) -> None:
    """Keep a record of this trial; `key` tells it from another of the same names."""
    named = {f"probe {of.probe.name}": "1", **(versions or {})}
    named_by = f"{of.scale.name}{of.probe.name}{of.variant.name}{of.seed}{key}".encode().hex()[-40:]
    record = Record(named_by, of, outcome, dict(environment), named, dict(facts), "run", at)
    Store(folder).append(record, {"rows.npz": rows} if rows else {})


def size(folder: Path, params: float, variant: str = "base", at: str = "2026-11-22T01:00") -> None:
    """A record of `size` with one number."""
    kept(folder, trial("size", variant), Measured((Measurement("params", (params,)),)), at=at)


def timed(reference: float, factor: float, seed: int = 0, metric: str = "latency_ms") -> Measurement:
    """Twelve rounds of a variant that takes `factor` times as long as its reference, with a per cent of noise."""
    noise = np.random.default_rng(seed).normal(0, 0.01, (3, 12))
    own, base, twin = (
        tuple((each * np.exp(noise[i])).tolist()) for i, each in enumerate((reference * factor, reference, reference))
    )
    rounds = tuple(map(float, range(12)))
    return Measurement(metric, own, {"round": rounds, "reference": base, "twin": twin, "steal": (0.0,) * 12})


def latency(
    folder: Path, factor: float, *, seed: int = 0, variant: str = "small", environment: Settings = MACHINE
) -> None:
    """A record of `latency`, relative to a reference of 10 ms."""
    kept(folder, trial("latency", variant), Measured((timed(10.0, factor, seed),)), environment=environment)


def top1(
    folder: Path,
    right: Sequence[bool],
    name: str = "base",
    facts: Settings = DATA,
    interval: tuple[float, float] = (0.0, 1.0),
) -> None:
    """A record of `top1` whose rows say which images were right."""
    flags = np.asarray(right)
    empty = {column: np.array(0) for column in ("tied", "label", "predicted")}
    rows = [{"correct1": np.array(flag), "correct5": np.array(True), **empty} for flag in flags]
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / ".given.npz"
    save(gather(range(len(flags)), rows), source)
    outcome = Measured((Measurement("top1", (float(flags.mean()),), interval=interval),))
    kept(folder, trial("top1", name), outcome, rows=source, facts=facts)
    source.unlink()


def settings(**given: Json) -> Settings:
    """The made-up machine, with these settings changed."""
    return {**MACHINE, **given}
