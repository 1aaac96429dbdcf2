"""Small suites, made by hand."""

from __future__ import annotations

from benchbench.types import Claim, Document, ProbeUse, Recipe, Scale, Source, Suite, Use, Variant

FULL = Scale("full", "full", "detr", "random", Use("coco"))
TINY = Scale("tiny", "tiny", "detr", "stand-in", Use("shapes"))
BASE, LAYERS, HEADS = Variant("base", "base"), Variant("layers", "layers"), Variant("heads-4", "heads")
R18 = Variant("r18", "r18", scales=("full",))
ATTEMPT, LOOSE = Variant("nhead-6", "six heads"), Variant("nhead-5", "five heads")


def recipe(name: str, scale: str, attempt: str, changed: str = "") -> Claim:
    return Claim(name, "recipe", name, Source("d"), scale, recipe=Recipe(attempt, changed))


def suite(
    *,
    reference: str = "base",
    variants: tuple[Variant, ...] = (LAYERS, BASE, HEADS, R18),
    probes: tuple[ProbeUse, ...] = (
        ProbeUse("size"),
        ProbeUse("latency", scales=("full",), variants=("layers", "base")),
    ),
    attempts: tuple[Variant, ...] = (),
    claims: tuple[Claim, ...] = (),
    seed: int = 0,
) -> Suite:
    """Two scales, four variants of which one is at the full scale only, two probes of which one has a budget."""
    return Suite(
        "s", "s", "s.yaml", "detr", reference, Document(), (FULL, TINY), variants, probes, attempts, claims, seed=seed
    )
