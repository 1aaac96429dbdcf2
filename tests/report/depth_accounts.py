"""A synthetic account of a depth suite: recovered variants with seeds, pictures, profiles over layers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np

from benchbench.profiles import profiles
from benchbench.report import Account
from benchbench.types import (
    Condition,
    DepthMap,
    Document,
    Entry,
    Gallery,
    Json,
    Machine,
    Measured,
    Measurement,
    Metric,
    Outcome,
    ProbeUse,
    Record,
    Scale,
    Scene,
    Skipped,
    Suite,
    Trial,
    Use,
    Variant,
)
from tests.report.accounts import ENVIRONMENT

METRICS = {
    metric.name: metric
    for metric in (
        Metric("params", "parameters", "", "lower", 0, exact=True, probe="size"),
        Metric("file_mib", "file size", "MiB", "lower", 1, exact=True, probe="size"),
        Metric("macs", "multiply-adds", "multiply-adds", "lower", 0, exact=True, probe="flops"),
        Metric("layer_ms", "time by layer", "ms", "lower", 2, probe="layers", per="layer"),
        Metric("layer_macs", "multiply-adds by layer", "multiply-adds", "lower", 0, True, "layers", "layer"),
        Metric("layer_params", "parameters by layer", "", "lower", 0, True, "layers", "layer"),
        Metric("layer_activation_mib", "activations written by layer", "MiB", "lower", 2, True, "layers", "layer"),
        Metric("latency_ms", "latency", "ms", "lower", 1, probe="latency"),
        Metric("AbsRel", "absolute relative error", "", "lower", 4, probe="depth-error"),
        Metric("RMSE", "root mean square error", "m", "lower", 3, probe="depth-error"),
        Metric("delta1", "pixels within a factor of 1.25", "", "higher", 4, probe="depth-error"),
    )
}
ROOMS = Scale("stand-in", "small Depth Anything on rooms", "depth-anything", "stand-in", Use("rooms"), timing=(98, 98))
SEEDS = (0, 1, 2)
MACHINE = Machine({"threads": 2}, 6e11, 9e9, 0.02, "2026-11-22T15:00:00+00:00", ("a machine of the tests",))


def cut(count: int) -> Use:
    return Use("drop-layers", {"stack": "encoder", "count": count})


def train(name: str = "finetune", steps: int = 240, train: str = "full", teacher: Variant | None = None) -> Use:
    settings: dict[str, Json] = {"steps": steps, "batch": 16, "train": train}
    return Use(name, settings, teacher)


BASE = Variant("base", "the unchanged model")
VARIANTS = (
    BASE,
    Variant("layers-8", "layers 12 → 8", (cut(8),)),
    Variant("layers-6", "layers 12 → 6", (cut(6),)),
    Variant("layers-4", "layers 12 → 4", (cut(4),)),
    Variant("heads-0.5", "half of the heads", (Use("prune-heads", {"keep": 0.5}),)),
    Variant("control", "the unchanged model, fine-tuned", (train(),)),
    Variant("layers-6-finetuned", "layers 12 → 6, fine-tuned", (cut(6), train())),
    Variant("layers-4-finetuned", "layers 12 → 4, fine-tuned", (cut(4), train())),
    Variant("layers-4-head", "layers 12 → 4, head alone", (cut(4), train(train="head-only"))),
    Variant("layers-4-distilled", "layers 12 → 4, distilled", (cut(4), train("distil", teacher=BASE))),
    Variant(
        "layers-4-progressive",
        "layers 12 → 8 → 6 → 4, fine-tuned after each",
        (cut(8), train(steps=80), cut(6), train(steps=80), cut(4), train(steps=90)),
    ),
    Variant("layers-2-waiting", "layers 12 → 2, not trained yet", (cut(2), train())),
)
LEVELS = (0.12, 0.15, 0.2, 0.31, 0.27, 0.115, 0.15, 0.19, 0.26, 0.18, 0.17, 0.0)
ERRORS = {variant.name: level for variant, level in zip(VARIANTS, LEVELS, strict=True)}
SIZE, FLOPS, LAYERS = ProbeUse("size"), ProbeUse("flops"), ProbeUse("layers", condition=Condition(threads=2))
LATENCY = ProbeUse("latency", condition=Condition(threads=2))
DEPTH = ProbeUse("depth-error", {"protocol": "issue-157", "cap": 20}, Condition(batch=8, threads=2))
WAITING = Skipped("its training has not been run", "benchbench run depth --recover")


def account() -> Account:
    """The whole account; the same at every call."""
    return Account(
        suite=suite(),
        entries=tuple(entries()),
        verdicts=(),
        metrics=METRICS,
        environment=ENVIRONMENT,
        run="20261122T154500-d4e5f6",
        at="2026-11-22T15:52:07+00:00",
        version="0.1.0",
        repeats=tuple(repeats()),
        gallery=(gallery(),),
        profiles=profiles(suite(), tuple(entries()), (MACHINE,)),
    )


def suite() -> Suite:
    return Suite(
        name="depth",
        title="Depth Anything V2 lightweighting: reducing Transformer layers",
        path="depth.yaml",
        family="depth-anything",
        reference="base",
        document=Document(title="Depth-Anything-V2", date="2025-06-07", language="zh"),
        scales=(ROOMS,),
        variants=VARIANTS,
        probes=(SIZE, FLOPS, LAYERS, LATENCY, DEPTH),
        seeds=SEEDS,
    )


def entries() -> Iterator[Entry]:
    """What flow makes of the records: of several trainings one entry, with the record of the first."""
    for variant in VARIANTS:
        depth = layers_of(variant)
        params = 1_000_000 + 150_000.0 * depth
        yield entry(
            SIZE, variant, Measured((Measurement("params", (params,)), Measurement("file_mib", (params / 5e5,))))
        )
        yield entry(FLOPS, variant, Measured((Measurement("macs", (2e9 + 3e8 * depth,)),)))
        yield entry(
            LATENCY, variant, Measured((Measurement("latency_ms", tuple(5 + depth + 0.1 * n for n in range(7))),))
        )
        if variant.name in ("base", "layers-8", "layers-6", "layers-4", "heads-0.5"):
            yield entry(LAYERS, variant, profile(variant))
        yield entry(DEPTH, variant, scored(variant, SEEDS))


def repeats() -> Iterator[Entry]:
    """Each training by itself."""
    for variant in VARIANTS:
        for seed in SEEDS if is_trained(variant) else ():
            yield entry(DEPTH, variant, scored(variant, (seed,)), seed)


def is_trained(variant: Variant) -> bool:
    return any(use.name in ("finetune", "distil") for use in variant.steps)


def layers_of(variant: Variant) -> int:
    counts = [use.settings["count"] for use in variant.steps if use.name == "drop-layers"]
    last = counts[-1] if counts else 12
    assert isinstance(last, int)
    return last


def profile(variant: Variant) -> Outcome:
    names = [*(f"encoder.{number}" for number in range(layers_of(variant))), "everything else"]
    part = 0.7 if variant.name.startswith("heads") else 1.0
    source = random.Random(variant.name)
    times = tuple(part * (0.8 + 0.2 * source.random()) for _ in names[:-1])
    column = {"layer": tuple(map(float, range(len(names))))}
    macs = tuple(3e8 * part for _ in names[:-1])
    rest = {"layer_ms": 4.2, "layer_macs": 2e9, "layer_params": 1e6, "layer_activation_mib": 30.0}
    inside = {
        "layer_ms": times,
        "layer_macs": macs,
        "layer_params": (1.5e5 * part,) * len(macs),
        "layer_activation_mib": (4.0 * part,) * len(macs),
    }
    found = tuple(Measurement(name, (*values, rest[name]), column) for name, values in inside.items())
    return Measured(found, (f"layers: {', '.join(names)}", "times are medians of 7 calls, batch 1"))


def scored(variant: Variant, seeds: tuple[int, ...]) -> Outcome:
    if variant.name == "layers-2-waiting":
        return WAITING
    error = ERRORS[variant.name]
    if not is_trained(variant):
        limits = (error * 0.97, error * 1.03)
        return Measured(
            (Measurement("AbsRel", (error,), {}, limits), one("RMSE", error * 4), one("delta1", 1.05 - error))
        )
    seeds = seeds[:1] if variant.name == "layers-4-head" else seeds
    values = tuple(error * (1 + 0.02 * math.sin(7 * seed + error)) for seed in seeds)
    column = {"seed": tuple(map(float, seeds))}
    return Measured(
        (Measurement("AbsRel", values, column), Measurement("delta1", tuple(1.05 - v for v in values), column))
    )


def one(metric: str, value: float) -> Measurement:
    return Measurement(metric, (value,))


def entry(use: ProbeUse, variant: Variant, outcome: Outcome, seed: int = 0) -> Entry:
    trial = Trial(variant, ROOMS, use, seed)
    if isinstance(outcome, Skipped):
        return Entry(trial, outcome)
    scored = use is DEPTH
    facts: dict[str, Json] = {
        "weights": "trained",
        "images": 300 if scored else None,
        "recovery": "finetune" if is_trained(variant) else "none",
        "surgery": surgery(variant, seed, scored),
    }
    key = f"{use.name}-{variant.name}-{seed}"
    environment = ENVIRONMENT | {"threads": 2, "load_average": 0.5}
    return Entry(trial, outcome, Record(key, trial, outcome, environment, {}, facts, "run", "2026-11-22T15:50:00"))


def surgery(variant: Variant, seed: int, is_scored: bool) -> list[Json]:
    """Cost probes know that there is a training, and not how it went."""
    found: list[Json] = []
    for use in variant.steps:
        step: dict[str, Json] = {"step": use.name, "version": 1, "settings": dict(use.settings)}
        if use.name in ("finetune", "distil"):
            made: dict[str, Json] = {"hardware": "Xeon @ 2.60GHz", "torch": "2.13.0", "threads": 2}
            ran = is_scored and variant.name != "layers-2-waiting"
            step |= {
                "seed": seed,
                "made": made,
                "artifact": None,
                "key": f"k{seed}",
                "teacher": [] if use.teacher else None,
            }
            step["course"] = course(variant, use, seed) if ran else None
        found.append(step)
    return found


def course(variant: Variant, use: Use, seed: int) -> dict[str, Json]:
    steps = use.settings["steps"]
    assert isinstance(steps, int)
    source = random.Random(f"{variant.name} {seed}")
    level = 0.5 if use.name == "finetune" else 0.08
    curve: list[Json] = [
        [step, level * (0.3 + math.exp(-step / 50) + 0.05 * source.random()), 1e-4] for step in range(10, steps + 1, 10)
    ]
    frozen = use.settings["train"] == "head-only"
    updates: dict[str, Json] = {
        f"encoder.{number}": 0.0 if frozen else 0.01 * (number + 1) for number in range(layers_of(variant))
    }
    return {
        "steps": steps,
        "images": steps * 16,
        "seconds": 1.4 * steps + seed,
        "peak_memory_mib": 640.0,
        "trainable_parameters": 90_000 if frozen else 1_000_000 + 150_000 * layers_of(variant),
        "curve": curve,
        "updates": updates | {"head": 0.11},
    }


def gallery() -> Gallery:
    names = [variant.name for variant in VARIANTS if variant.name != "layers-2-waiting"]
    scenes = tuple(scene(number, names) for number in range(4))
    return Gallery(
        "stand-in", "depth-error", "scaled and shifted to each image's ground truth", scenes, (("heads-0.5", "x"),)
    )


def scene(number: int, names: list[str]) -> Scene:
    """A room: a floor that comes nearer, and a box in front of the wall."""
    rows, columns = np.mgrid[:98, :126].astype(np.float32)
    depth = np.minimum(6.0, 90.0 / (rows + 5.0)) + 0.5
    box = (abs(columns - 30 - 20 * number) < 14) & (abs(rows - 50) < 22)
    depth = np.where(box, 1.2 + 0.1 * number, depth).astype(np.float32)
    image = np.stack([255 - 30 * depth, 90 + 100 * box, columns], axis=2).clip(0, 255).astype(np.uint8)
    truth = np.where((columns < 5) & (rows < 30), np.nan, depth).astype(np.float32)
    waves = np.sin(columns / 9 + number) * np.cos(rows / 11)
    made: dict[str, DepthMap] = {
        name: DepthMap((depth * (1 + 2 * ERRORS[name] * waves)).astype(np.float32)) for name in names
    }
    return Scene(100 + number, image, DepthMap(truth), dict(made))
