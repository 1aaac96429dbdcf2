"""A synthetic account of the DETR document, in the shape of a real one, with a hostile string in every place."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from benchbench.report import Account
from benchbench.types import (
    Budget,
    Complaint,
    Condition,
    Difference,
    Document,
    DocumentTable,
    Entry,
    Failed,
    Json,
    Measured,
    Measurement,
    Metric,
    Outcome,
    Place,
    ProbeUse,
    Record,
    Scale,
    Skipped,
    Split,
    Suite,
    TableCell,
    Trial,
    Use,
    Variant,
)
from tests.report import boxes
from tests.report.hostile import IMAGE, PIPE, SCRIPT
from tests.report.judged import verdicts
from tests.report.models import COSTS

METRICS = {
    metric.name: metric
    for metric in (
        Metric("params", "Parameters", "", "lower", 0, exact=True),
        Metric("params_paper", "Parameters as the paper counts", "", "lower", 0, exact=True),
        Metric("file_mib", "File size", "MiB", "lower", 1, exact=True),
        Metric("macs", "Multiply-adds", "", "lower", 0, exact=True),
        Metric("latency_ms", "Latency", "ms", "lower", 1),
        Metric("throughput_ips", "Throughput", "images/s", "higher", 2),
        Metric("peak_memory_mib", "Peak memory", "MiB", "lower", 1),
        Metric("AP", "AP", "pt", "higher", 1),
        Metric("AP50", "AP50", "pt", "higher", 1),
        Metric("APs", "AP small", "pt", "higher", 1),
    )
}
ENVIRONMENT: dict[str, Json] = {
    "cpu": "Intel(R) Xeon(R) Processor @ 2.60GHz",
    "cores_usable": 2,
    "memory_mib": 7937,
    "os": "Linux",
    "python": "3.11.2",
    "threads": 0,
    "load_average": 1.25,
    "torch": "2.13.0",
    "transformers": "5.23.0",
    "allocator": "default",
}
FULL = Scale("full", "DETR-R50 on COCO val2017", "detr", "facebook/detr-resnet-50", Use("coco"), timing=(800, 1066))
SMALL = Scale("stand-in", "small DETR on generated shapes", "detr", "stand-in", Use("shapes"), timing=(96, 96))

VARIANTS = (
    Variant("base", "DETR-R50"),
    Variant("layers", "layers 6+6 → 4+3, first kept"),
    Variant("heads", "heads 8 → 6 by attention weight"),
    Variant("channels-inner", "channels, last stage inner 512 → 256"),
    Variant("combined-inner", "layers, heads and channels (inner)"),
    Variant("depth-4-first", "layers 4+4, first"),
    Variant("depth-3-first", "layers 3+3, first"),
    Variant("depth-2-first", "layers 2+2, first"),
    Variant("depth-3-every-other", "layers 3+3, every other"),
    Variant("heads-4", "heads 8 → 4 by gate gradient", note="Half of the heads."),
    Variant("channels-backbone", "channels, the whole ResNet halved"),
    Variant("hostile", SCRIPT, note=IMAGE),
)
TIMED = ("base", "layers", "heads", "channels-inner", "combined-inner")
SIZE, FLOPS = ProbeUse("size"), ProbeUse("flops")
LATENCY = ProbeUse("latency", condition=Condition(batch=1, threads=2), scales=("full",), variants=TIMED)
THROUGHPUT = ProbeUse("throughput", condition=Condition(batch=2, threads=2), scales=("full",), variants=TIMED)
MEMORY = ProbeUse("peak-memory", condition=Condition(batch=1, threads=2), scales=("full",), variants=TIMED)
AP = ProbeUse("coco-ap", condition=Condition(batch=2, threads=2))
NO_COCO = Skipped("COCO val2017 is not on this machine", "benchbench fetch coco-val2017")
SET_ASIDE = Skipped("not timed within the default budget", "benchbench run detr --all")
LOG = "\n".join(f"line {number}" for number in range(40)) + f"\nMemoryError: {SCRIPT} {IMAGE}"


def account() -> Account:
    """The whole account; the same at every call."""
    return Account(
        suite=suite(),
        entries=tuple(entries()),
        verdicts=verdicts(),
        metrics=METRICS,
        environment=ENVIRONMENT,
        run="20261122T114500-a1b2c3",
        at="2026-11-22T11:52:07+00:00",
        version="0.1.0",
        complaints=(
            Complaint(
                Place("detr.yaml", 268, 3),
                "D2.4.params: cuts to disjoint parts add, and 22 % + 15 % + 40 % = 77 %, not 55 %",
                "the three rows or the fourth are wrong",
            ),
            Complaint(Place("detr.yaml", 133, 3), "D2.2.params is impossible by exact counts", severity="warning"),
            Complaint(Place(f"{SCRIPT}.yaml", 1, 1), IMAGE, PIPE, severity="note"),
        ),
        gallery=(boxes.gallery(),),
        paired=paired(),
        splits=splits(),
    )


def splits() -> dict[str, tuple[Split, ...]]:
    """Scores of the stand-in taken apart: by few kinds of error, by many classes, one of them hostile."""
    return {Trial(variant, SMALL, AP).identity: _apart(number) for number, variant in enumerate(VARIANTS[:10])}


def _apart(number: int) -> tuple[Split, ...]:
    kinds = ("classification", "localisation", "both", "duplicate", "background", "missed")
    errors = tuple((kind, 0.01 * (place + 1) + 0.002 * number) for place, kind in enumerate(kinds))
    classes = tuple((SCRIPT if not place else f"class {place}", 0.5 - 0.03 * place) for place in range(14))
    note = f"dAP: what AP50 would gain if errors of this kind alone were mended; {number // 2} objects are not found"
    return (
        Split("errors", "What each kind of error costs", "pt", "lower", errors, 0.67 - 0.01 * number, note, "AP50"),
        Split("classes", "AP by class", "pt", "higher", classes[number % 2 :]),
    )


def paired() -> dict[tuple[str, str], dict[str, Difference]]:
    """What two variants of the stand-in differ from the reference over the same images, one of them by chance."""
    test = "paired bootstrap over images, 200 draws"
    found = {"layers": (-0.006, -0.014, 0.002, 0.14), "heads": (-0.045, -0.056, -0.034, 2e-9)}
    by_name = {variant.name: Trial(variant, SMALL, AP).identity for variant in VARIANTS}
    return {(by_name[name], by_name["base"]): {"AP": Difference(*each, test)} for name, each in found.items()}


def suite() -> Suite:
    return Suite(
        name="detr",
        title="DETR model optimisation: shrink the model, speed up inference",
        path="detr.yaml",
        family="detr",
        reference="base",
        document=Document(
            title="DETR模型优化",
            date="2026-01-11",
            link="https://example.org/detr?a=1&b=2",
            language="zh",
            notice="The document carries a notice that part of its text is AI-generated.",
            tables=(document_table(),),
        ),
        scales=(FULL, SMALL),
        variants=VARIANTS,
        probes=(SIZE, FLOPS, LATENCY, THROUGHPUT, MEMORY, AP),
        claims=tuple(verdict.claim for verdict in verdicts()),
        budget=Budget(),
    )


def document_table() -> DocumentTable:
    strings = (
        ("Transformer层剪枝", "22%", "30%", "1.2%"),
        ("注意力头剪枝", "15%", "20%", "0.8%"),
        ("通道剪枝", "40%", "45%", "2.5%"),
        ("组合优化", "55%", "65%", "3.2%"),
    )
    rows = tuple(
        (TableCell(name), *(TableCell(text, f"D2.{row}.{what}") for text, what in zip(texts, KINDS, strict=True)))
        for row, (name, *texts) in enumerate(strings, 1)
    )
    hostile = (TableCell(SCRIPT), TableCell(IMAGE), TableCell(PIPE, "D2.hostile"), TableCell("=1+1", "no such claim"))
    columns = ("优化策略", "参数减少量", "推理速度提升", "精度损失(AP)")
    return DocumentTable("The document's table of strategies", "its comparison table", columns, (*rows, hostile))


KINDS = ("params", "speed", "ap")


def entries() -> Iterator[Entry]:
    for variant in VARIANTS:
        name = variant.name
        params, macs, milliseconds, memory, accuracy = COSTS[name]
        sizes = (
            one("params", params),
            one("params_paper", params - 222_400),
            one("file_mib", round(params * 4 / 2**20 + 1.0, 3)),
        )
        for scale, part in ((FULL, 1.0), (SMALL, 0.02)):
            yield entry(scale, SIZE, variant, Measured(tuple(one(m.metric, m.samples[0] * part) for m in sizes)))
            yield entry(scale, FLOPS, variant, Measured((one("macs", round(macs * 1e9 * part)),)))
        yield entry(FULL, LATENCY, variant, timed("latency_ms", name, milliseconds, 1472.0))
        yield entry(FULL, THROUGHPUT, variant, timed("throughput_ips", name, 1030 / milliseconds, 1030 / 1472.0))
        yield entry(FULL, MEMORY, variant, peak(name, memory))
        yield entry(FULL, AP, variant, NO_COCO)
        spread = (accuracy - 0.021, accuracy + 0.021)
        scored = Measured((Measurement("AP", (accuracy,), interval=spread), one("APs", -1.0)))
        yield entry(SMALL, AP, variant, scored)


def one(metric: str, value: float) -> Measurement:
    return Measurement(metric, (float(round(value)) if METRICS[metric].digits == 0 else value,))


def timed(metric: str, name: str, value: float, reference: float) -> Outcome:
    """Seven rounds whose drift both arms share."""
    if name == "hostile":
        return Failed(f"the worker was killed {IMAGE}", LOG)
    if name not in TIMED:
        return SET_ASIDE
    source = random.Random(name + metric)
    drift = [math.exp(source.gauss(0, 0.06)) for _ in range(7)]

    def arm(level: float) -> tuple[float, ...]:
        return tuple(level * part * math.exp(source.gauss(0, 0.012)) for part in drift)

    columns = {"round": tuple(map(float, range(7))), "reference": arm(reference), "twin": arm(reference)}
    samples = columns["reference"] if name == "base" else arm(value)
    notes = ("not resolved within the budget: half-width 2.4 %, wanted 2 %",) if name == "heads" else ()
    return Measured((Measurement(metric, samples, columns),), notes)


def peak(name: str, value: float) -> Outcome:
    if name == "hostile":
        return Failed("out of memory", "")
    return Measured((one("peak_memory_mib", value),)) if name in TIMED else SET_ASIDE


def entry(scale: Scale, use: ProbeUse, variant: Variant, outcome: Outcome) -> Entry:
    trial = Trial(variant, scale, use)
    if isinstance(outcome, Skipped):
        return Entry(trial, outcome)
    scored = use.name == "coco-ap"
    facts: dict[str, Json] = {"weights": "random" if scale is FULL else "trained", "images": 500 if scored else None}
    key = f"{scale.name}-{use.name}-{variant.name}"
    environment = ENVIRONMENT | {"threads": 2, "load_average": 0.5}
    if variant.name == "heads-4":
        environment |= {"torch": "2.12.1"}
    record = Record(key, trial, outcome, environment, {"benchbench": "0.1.0"}, facts, "run", "2026-11-22T11:50:00")
    return Entry(trial, outcome, record)
