"""Verdicts on the DETR document as they could have come out, one of every ruling."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.types import (
    Claim,
    Comparison,
    Estimate,
    Finding,
    Json,
    Quotation,
    Range,
    Reading,
    Ruling,
    Source,
    Verdict,
)
from tests.report.hostile import IMAGE, PIPE, SCRIPT
from tests.report.models import COSTS

ARTICLE = "DETR模型优化"
COMMIT = "29901c51d7fe8712168b8d0d64351170bc0f83e0"
LINK = "https://arxiv.org/abs/2005.12872"


def verdicts() -> tuple[Verdict, ...]:
    return (
        *strategy_verdicts(),
        *fact_and_recipe_verdicts(),
        *ordering_and_ratio_verdicts(),
        *primary_verdicts(),
    )


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
    words = Source(ARTICLE, "table", f"参数减少量 {stated[1:]}")
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
    words = Source(ARTICLE, "table", f"推理速度提升 {stated[1:]}")
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
        Source(ARTICLE, "table", f"精度损失(AP) {stated[1:]}"),
        "full",
        (read, relative),
        conditions={"recovery": "unstated"},
        primary="P.ap",
    )
    why, remedy = "COCO val2017 is not on this machine", "benchbench fetch coco-val2017"
    trend = Finding(read, Ruling.UNDECIDED, "the small model's way", within(COSTS[variant][4] - 0.447, 0.012))
    findings = tuple(Finding(reading, Ruling.NOT_MEASURED, why, None, remedy) for reading in (read, relative))
    return Verdict(claim, Ruling.NOT_MEASURED, f"Not measured: {why}.", findings, (trend,))


def fact_and_recipe_verdicts() -> Iterator[Verdict]:
    flag = Quotation("facebookresearch/detr", COMMIT, "main.py", 35, "parser.add_argument('--backbone', …", False)
    readme = Quotation("facebookresearch/detr", COMMIT, "README.md", 213, "python main.py --no_aux_loss --eval", True)
    eight = Reading("stated", "as stated", "heads_encoder", "number", "base", range=Range("8", 8, 8, 8))
    yield Verdict(
        Claim("D2.5.heads", "fact", "every attention has 8 heads", Source(ARTICLE, words="8 heads"), "full", (eight,)),
        Ruling.REPRODUCED,
        "The built model has 8.",
        (Finding(eight, Ruling.REPRODUCED, "equal", exact(8)),),
    )
    yield Verdict(
        Claim("D2.7", "recipe", "set nhead to 6", Source(ARTICLE, words="nhead = 6"), "full"),
        Ruling.RUNS_AFTER_CHANGE,
        "d_model 256 is no multiple of 6; it runs when head_dim stays 32 and the inner width shrinks to 192.",
    )
    yield Verdict(
        Claim("D2.8", "recipe", "kept weights are transferred", Source(ARTICLE, words="transfer"), "any"),
        Ruling.RUNS_AS_WRITTEN,
        "Built and loaded.",
    )
    yield Verdict(
        Claim("D2.9.schedule", "recipe", "50 epochs on 4 GPUs", Source(ARTICLE, words="4 GPUs"), "full"),
        Ruling.CANNOT_RUN,
        "Recovery training is no step of this suite.",
    )
    yield Verdict(
        Claim("D2.9.flag", "fact", "--model optimized_detr", Source(ARTICLE), "full", quotations=(flag,)),
        Ruling.CONTRADICTED,
        "main.py has no such flag.",
    )
    yield Verdict(
        Claim("D2.10", "fact", "evaluate with --eval", Source(ARTICLE, words="--eval"), "full", quotations=(readme,)),
        Ruling.ATTESTED,
        "The README gives the same command.",
    )


def ordering_and_ratio_verdicts() -> Iterator[Verdict]:
    order = (Comparison("heads", ">", "layers"), Comparison("heads", ">", "combined-inner", 0.01))
    ordering = Reading("stated", "as stated", "AP", comparisons=order)
    faster = Reading(
        "ratio", "throughput ×1.30", "throughput_ips", "ratio", "layers", "base", Range("x1.30", 1.3, 1.29, 1.31)
    )
    bad = Source(SCRIPT, PIPE, IMAGE, "javascript:alert(4)")
    yield Verdict(
        Claim(
            "D2.11.heads",
            "ordering",
            "heads lose least",
            Source(ARTICLE, words="最少"),
            "full",
            (ordering,),
            hedged=True,
        ),
        Ruling.NOT_MEASURED,
        "AP is not measured here.",
        (Finding(ordering, Ruling.NOT_MEASURED, "no AP of heads", None, "benchbench fetch coco-val2017"),),
    )
    yield Verdict(
        Claim("D2.x", "ratio", "×1.30", Source(ARTICLE, words="×1.30"), "full", (faster,), note=PIPE),
        Ruling.REFUTED,
        "The interval excludes it.",
        (Finding(faster, Ruling.REFUTED, "too low", within(1.055, 0.012)),),
    )
    yield Verdict(
        Claim("D2.hostile", "number", SCRIPT, bad, "full", conditions={IMAGE: SCRIPT}, note=IMAGE),
        Ruling.NOT_COMPARABLE,
        IMAGE,
    )


def primary_verdicts() -> Iterator[Verdict]:
    million = Range("41.3M", 41.3e6, 41.25e6, 41.35e6)
    paper = Reading("paper", "as the paper counts", "params_paper", "number", "base", range=million)
    fps = Reading("stated", "as stated", "throughput_ips", "number", "base", range=Range("28", 28, 27.5, 28.5))
    ap = Reading("stated", "as stated", "AP", "number", "base", range=Range("42.0pt", 0.42, 0.4195, 0.4205))
    carion = Source("Carion et al. 2020", "table 2", "41.3M", LINK)
    yield Verdict(
        Claim("P.params", "number", "DETR-R50 has 41.3M parameters", carion, "full", (paper,)),
        Ruling.REPRODUCED,
        "Exactly 41,302,368.",
        (Finding(paper, Ruling.REPRODUCED, "within rounding", exact(41_302_368)),),
    )
    yield Verdict(
        Claim("P.fps", "number", "28 FPS", Source("Carion et al. 2020", "table 1", "28", LINK), "full", (fps,)),
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
