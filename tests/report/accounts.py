"""A synthetic account of the DETR document, in the shape of a real one, with a hostile string in every place."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from benchbench.report import Account
from benchbench.types import (
    Budget,
    Claim,
    Comparison,
    Complaint,
    Condition,
    Document,
    DocumentTable,
    Entry,
    Estimate,
    Failed,
    Finding,
    Json,
    Measured,
    Measurement,
    Metric,
    Outcome,
    Place,
    ProbeUse,
    Quotation,
    Range,
    Reading,
    Record,
    Ruling,
    Scale,
    Skipped,
    Source,
    Suite,
    TableCell,
    Trial,
    Use,
    Variant,
    Verdict,
)

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
PIPE = "a | b\n# c `d` *e* [f](javascript:alert(3))"

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
COSTS = {
    "base": (41_524_768, 57.84, 1472.0, 611.3, 0.447),
    "layers": (36_006_432, 54.17, 1395.0, 590.2, 0.441),
    "heads": (39_158_048, 55.99, 1448.0, 603.8, 0.402),
    "channels-inner": (38_371_360, 54.51, 1441.0, 598.1, 0.312),
    "combined-inner": (31_447_000, 49.60, 1331.0, 571.4, 0.226),
    "depth-4-first": (37_577_248, 54.51, 1410.0, 594.0, 0.436),
    "depth-3-first": (34_818_080, 52.84, 1380.0, 588.0, 0.413),
    "depth-2-first": (32_058_912, 51.17, 1352.0, 580.0, 0.351),
    "depth-3-every-other": (34_818_080, 52.84, 1380.0, 588.0, 0.297),
    "heads-4": (36_791_328, 54.14, 1420.0, 597.0, 0.288),
    "channels-backbone": (23_904_736, 27.80, 702.0, 402.0, 0.004),
    "hostile": (40_000_000, 56.00, 1500.0, 600.0, 0.4),
}
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
    )


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


def verdicts() -> tuple[Verdict, ...]:
    return (*strategy_verdicts(), *other_verdicts())


def exact(value: float) -> Estimate:
    return Estimate(value, value, value, exact=True)


def within(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half, 7, scope="95 % interval over 7 rounds")


def strategy_verdicts() -> Iterator[Verdict]:
    rows = (
        ("layers", "-22%", "+30%", "-1.2%", "layer pruning"),
        ("heads", "-15%", "+20%", "-0.8%", "head pruning"),
        ("channels-inner", "-40%", "+45%", "-2.5%", "channel pruning"),
        ("combined-inner", "-55%", "+65%", "-3.2%", "the combination"),
    )
    for row, (variant, *stated, name) in enumerate(rows, 1):
        yield params_verdict(f"D2.{row}.params", variant, stated[0], name)
        yield speed_verdict(f"D2.{row}.speed", variant, stated[1], name)
        yield ap_verdict(f"D2.{row}.ap", variant, stated[2], name)


def ranged(stated: str, half: float = 0.005) -> Range:
    value = float(stated.rstrip("%")) / 100
    return Range(stated, value, value - half, value + half)


def params_verdict(name: str, variant: str, stated: str, title: str) -> Verdict:
    base, ours = COSTS["base"][0], COSTS[variant][0]
    total = Reading("total", "of all parameters", "params", "change", variant, "base", ranged(stated))
    paper = Reading(
        "paper", "of the parameters the paper counts", "params_paper", "change", variant, "base", ranged(stated)
    )
    found = (exact(ours / base - 1), exact((ours - 222_400) / (base - 222_400) - 1))
    words = Source("DETR模型优化", "table", f"参数减少量 {stated[1:]}")
    claim = Claim(name, "change", f"{title} removes {stated[1:]} of the parameters", words, "full", (total, paper))
    reason = f"Exact counts exclude {stated}; under the reading 'of all parameters' they give {found[0].value:.1%}."
    findings = tuple(
        Finding(reading, Ruling.IMPOSSIBLE, f"{estimate.value * 100:.2f} % is not {stated}", estimate)
        for reading, estimate in zip((total, paper), found, strict=True)
    )
    return Verdict(claim, Ruling.IMPOSSIBLE, reason, findings)


def speed_verdict(name: str, variant: str, stated: str, title: str) -> Verdict:
    ratio = 1472.0 / COSTS[variant][2]
    by_rate = Reading("throughput", f"throughput {stated}", "throughput_ips", "change", variant, "base", ranged(stated))
    lower = "-" + stated[1:]
    by_time = Reading("latency", f"latency {lower}", "latency_ms", "change", variant, "base", ranged(lower))
    words = Source("DETR模型优化", "table", f"推理速度提升 {stated[1:]}")
    conditions: dict[str, Json] = {"hardware": "unstated", "batch": "unstated"}
    claim = Claim(name, "change", f"{title}: {stated}", words, "full", (by_rate, by_time), conditions=conditions)
    findings = (
        Finding(by_rate, Ruling.REFUTED, "the interval lies below the stated value", within(ratio - 1, 0.012)),
        Finding(by_time, Ruling.UNDECIDED, "unstated hardware matches none", within(1 / ratio - 1, 0.011)),
    )
    if variant == "layers":
        findings = (findings[0], Finding(by_time, Ruling.REPRODUCED, "a reading reaches it", within(-0.298, 0.011)))
        return Verdict(claim, Ruling.REPRODUCED, "Reproduced when read as latency −30 %.", findings)
    return Verdict(claim, Ruling.UNDECIDED, "The hardware is unstated, so here decides nothing elsewhere.", findings)


def ap_verdict(name: str, variant: str, stated: str, title: str) -> Verdict:
    points = Range(stated.replace("%", "pt"), float(stated[:-1]) / 100, -0.0125, -0.0115)
    read = Reading("points", f"{stated[1:-1]} points", "AP", "difference", variant, "base", points)
    relative = Reading("relative", f"{stated[1:]} of the AP", "AP", "change", variant, "base", ranged(stated))
    claim = Claim(
        name,
        "change",
        f"{title} costs {stated[1:]} AP",
        Source("DETR模型优化", "table", f"精度损失(AP) {stated[1:]}"),
        "full",
        (read, relative),
        conditions={"recovery": "unstated"},
        primary="P.ap",
    )
    why, remedy = "COCO val2017 is not on this machine", "benchbench fetch coco-val2017"
    trend = Finding(read, Ruling.UNDECIDED, "the small model's way", within(COSTS[variant][4] - 0.447, 0.012))
    findings = tuple(Finding(reading, Ruling.NOT_MEASURED, why, None, remedy) for reading in (read, relative))
    return Verdict(claim, Ruling.NOT_MEASURED, f"Not measured: {why}.", findings, (trend,))


def other_verdicts() -> Iterator[Verdict]:
    article = "DETR模型优化"
    commit = "29901c51d7fe8712168b8d0d64351170bc0f83e0"
    flag = Quotation("facebookresearch/detr", commit, "main.py", 35, "parser.add_argument('--backbone', …", False)
    readme = Quotation("facebookresearch/detr", commit, "README.md", 213, "python main.py --no_aux_loss --eval", True)
    order = (Comparison("heads", ">", "layers"), Comparison("heads", ">", "combined-inner", 0.01))
    ordering = Reading("stated", "as stated", "AP", comparisons=order)
    eight = Reading("stated", "as stated", "heads_encoder", "number", "base", range=Range("8", 8, 8, 8))
    million = Range("41.3M", 41.3e6, 41.25e6, 41.35e6)
    paper = Reading("paper", "as the paper counts", "params_paper", "number", "base", range=million)
    fps = Reading("stated", "as stated", "throughput_ips", "number", "base", range=Range("28", 28, 27.5, 28.5))
    ap = Reading("stated", "as stated", "AP", "number", "base", range=Range("42.0pt", 0.42, 0.4195, 0.4205))
    faster = Reading(
        "ratio", "throughput ×1.30", "throughput_ips", "ratio", "layers", "base", Range("x1.30", 1.3, 1.29, 1.31)
    )
    link = "https://arxiv.org/abs/2005.12872"
    carion = Source("Carion et al. 2020", "table 2", "41.3M", link)
    bad = Source(SCRIPT, PIPE, IMAGE, "javascript:alert(4)")
    yield Verdict(
        Claim("D2.5.heads", "fact", "every attention has 8 heads", Source(article, words="8 heads"), "full", (eight,)),
        Ruling.REPRODUCED,
        "The built model has 8.",
        (Finding(eight, Ruling.REPRODUCED, "equal", exact(8)),),
    )
    yield Verdict(
        Claim("D2.7", "recipe", "set nhead to 6", Source(article, words="nhead = 6"), "full"),
        Ruling.RUNS_AFTER_CHANGE,
        "d_model 256 is no multiple of 6; it runs when head_dim stays 32 and the inner width shrinks to 192.",
    )
    yield Verdict(
        Claim("D2.8", "recipe", "kept weights are transferred", Source(article, words="transfer"), "any"),
        Ruling.RUNS_AS_WRITTEN,
        "Built and loaded.",
    )
    yield Verdict(
        Claim("D2.9.schedule", "recipe", "50 epochs on 4 GPUs", Source(article, words="4 GPUs"), "full"),
        Ruling.CANNOT_RUN,
        "Recovery training is no step of this suite.",
    )
    yield Verdict(
        Claim("D2.9.flag", "fact", "--model optimized_detr", Source(article), "full", quotations=(flag,)),
        Ruling.CONTRADICTED,
        "main.py has no such flag.",
    )
    yield Verdict(
        Claim("D2.10", "fact", "evaluate with --eval", Source(article, words="--eval"), "full", quotations=(readme,)),
        Ruling.ATTESTED,
        "The README gives the same command.",
    )
    yield Verdict(
        Claim(
            "D2.11.heads",
            "ordering",
            "heads lose least",
            Source(article, words="最少"),
            "full",
            (ordering,),
            hedged=True,
        ),
        Ruling.NOT_MEASURED,
        "AP is not measured here.",
        (Finding(ordering, Ruling.NOT_MEASURED, "no AP of heads", None, "benchbench fetch coco-val2017"),),
    )
    yield Verdict(
        Claim("D2.x", "ratio", "×1.30", Source(article, words="×1.30"), "full", (faster,), note=PIPE),
        Ruling.REFUTED,
        "The interval excludes it.",
        (Finding(faster, Ruling.REFUTED, "too low", within(1.055, 0.012)),),
    )
    yield Verdict(
        Claim("D2.hostile", "number", SCRIPT, bad, "full", conditions={IMAGE: SCRIPT}, note=IMAGE),
        Ruling.NOT_COMPARABLE,
        IMAGE,
    )
    yield Verdict(
        Claim("P.params", "number", "DETR-R50 has 41.3M parameters", carion, "full", (paper,)),
        Ruling.REPRODUCED,
        "Exactly 41,302,368.",
        (Finding(paper, Ruling.REPRODUCED, "within rounding", exact(41_302_368)),),
    )
    yield Verdict(
        Claim("P.fps", "number", "28 FPS", Source("Carion et al. 2020", "table 1", "28", link), "full", (fps,)),
        Ruling.NOT_COMPARABLE,
        "Reported on a GPU of the paper; here: cpu.",
        (Finding(fps, Ruling.NOT_COMPARABLE, "hardware differs", Estimate(0.7, 0.7, 0.7, scope="one sample")),),
    )
    yield Verdict(
        Claim("P.ap", "number", "42.0 AP", Source("facebookresearch/detr README", "model zoo", "42.0"), "full", (ap,)),
        Ruling.NOT_MEASURED,
        "COCO val2017 is not on this machine.",
        (Finding(ap, Ruling.NOT_MEASURED, "no data", None, "benchbench fetch coco-val2017"),),
    )
