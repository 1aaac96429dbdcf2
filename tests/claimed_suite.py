"""A small suite with claims, and entries as if measured, for tests of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchbench.types import (
    Claim,
    ClaimKind,
    Comparison,
    Condition,
    Document,
    Entry,
    Failed,
    Form,
    Json,
    Measured,
    Measurement,
    Metric,
    Place,
    ProbeUse,
    Range,
    Reading,
    Record,
    Scale,
    Skipped,
    Source,
    Suite,
    Trial,
    Use,
    Variant,
    Verdict,
)
from benchbench.verify import judge

METRICS = {
    metric.name: metric
    for metric in (
        Metric("params", "parameters", "", "lower", 0, exact=True, probe="size"),
        Metric("params_paper", "paper's parameters", "", "lower", 0, exact=True, probe="size"),
        Metric("file_mib", "file size", "MiB", "lower", 1, exact=True, probe="size"),
        Metric("heads_encoder", "heads", "", "neither", 0, exact=True, probe="structure"),
        Metric("macs", "multiply-adds", "", "lower", 0, exact=True, probe="flops"),
        Metric("builds", "builds", "", "higher", 0, exact=True, probe="builds"),
        Metric("latency_ms", "latency", "ms", "lower", 1, probe="latency"),
        Metric("throughput_ips", "throughput", "images/s", "higher", 2, probe="throughput"),
        Metric("AP", "AP", "pt", "higher", 1, probe="coco-ap"),
    )
}
FULL = Scale(
    "full", "DETR-R50", "detr", "facebook/detr-resnet-50", Use("coco"), input={"shorter": 800}, timing=(800, 1066)
)
STAND_IN = Scale("stand-in", "small", "detr", "stand-in", Use("shapes"), timing=(96, 96))
SCALES = {"full": FULL, "stand-in": STAND_IN}
LAYERS = (Use("drop-layers", {"stack": "encoder", "count": 4}), Use("drop-layers", {"stack": "decoder", "count": 3}))
HEADS = (Use("prune-heads", {"count": 6}),)
CHANNELS = (Use("prune-channels", {"where": "stage-inner"}),)
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("base", "DETR-R50"),
        Variant("layers", "fewer layers", LAYERS),
        Variant("heads", "fewer heads", HEADS),
        Variant("channels", "fewer channels", CHANNELS),
        Variant("pair", "layers and heads", (*LAYERS, *HEADS)),
        Variant("combined", "all three", (*LAYERS, *HEADS, *CHANNELS)),
        Variant("r18", "another backbone", architecture={"backbone": "resnet-18"}),
    )
}
ATTEMPTS = (Variant("nhead-6", "six heads", architecture={"heads": 6}),)
CPU = "Xeon 8481C"


def suite(*claims: Claim) -> Suite:
    return Suite(
        name="detr",
        title="DETR",
        path="detr.yaml",
        family="detr",
        reference="base",
        document=Document("the document"),
        scales=(STAND_IN, FULL),
        variants=tuple(VARIANTS.values()),
        probes=(),
        attempts=ATTEMPTS,
        claims=claims,
    )


def verdict(claim: Claim, *entries: Entry, others: Sequence[Claim] = ()) -> Verdict:
    return judge(suite(claim, *others), entries, METRICS)[0]


def trial(variant: str, metric: str, scale: str = "full", condition: Condition | None = None) -> Trial:
    made = VARIANTS.get(variant) or Variant(variant, variant)
    return Trial(made, SCALES[scale], ProbeUse(METRICS[metric].probe, condition=condition or Condition(threads=2)))


def measured(
    where: Trial, measurement: Measurement, run: str = "r1", notes: tuple[str, ...] = (), **facts: Json
) -> Entry:
    outcome = Measured((measurement,), notes)
    record = Record("ab", where, outcome, {"cpu": CPU}, {}, {"recovery": "none", **facts}, run, "2026")
    return Entry(where, outcome, record)


def counted(variant: str, value: float, metric: str = "params", scale: str = "full") -> Entry:
    return measured(trial(variant, metric, scale), Measurement(metric, (value,)), weights="random")


def timed(
    variant: str,
    ratios: Sequence[float],
    metric: str = "latency_ms",
    run: str = "r1",
    batch: int = 1,
    scale: str = "full",
) -> Entry:
    """An arm that took these ratios to a reference that took 100, 101, ... ms."""
    reference = [100.0 + number for number in range(len(ratios))]
    samples = tuple(ratio * base for ratio, base in zip(ratios, reference, strict=True))
    columns = {"round": tuple(map(float, range(len(ratios)))), "reference": tuple(reference)}
    condition = Condition(batch=batch, threads=2)
    return measured(trial(variant, metric, scale, condition), Measurement(metric, samples, columns), run)


def scored(variant: str, value: float, half: float | None = 0.001, scale: str = "full", **facts: Json) -> Entry:
    interval = None if half is None else (value - half, value + half)
    known: dict[str, Any] = {"weights": "trained", "images": 5000, "data_fingerprint": "d", **facts}
    return measured(trial(variant, "AP", scale), Measurement("AP", (value,), interval=interval), **known)


def skipped(variant: str, metric: str, reason: str = "no COCO here", remedy: str = "benchbench fetch coco") -> Entry:
    return Entry(trial(variant, metric), Skipped(reason, remedy))


def failed(variant: str, metric: str, error: str = "out of memory") -> Entry:
    return Entry(trial(variant, metric), Failed(error))


def stated(text: str, value: float, half: float = 0.0) -> Range:
    return Range(text, value, value - half, value + half)


def reading(
    covers: Range | None,
    metric: str = "params",
    form: Form = "change",
    variant: str = "layers",
    name: str = "as stated",
) -> Reading:
    return Reading(name, name, metric, form, variant, "" if form == "number" else "base", covers)


def order(*comparisons: Comparison, metric: str = "latency_ms") -> Reading:
    return Reading("as stated", "as stated", metric, comparisons=comparisons)


def claim(kind: ClaimKind, *readings: Reading, scale: str = "full", name: str = "C", **more: Any) -> Claim:
    source = Source("the document", "table", "words")
    made = Claim(name, kind, f"title of {name}", source, scale, readings, place=Place("detr.yaml", len(name), 3))
    return replace(made, **more)
