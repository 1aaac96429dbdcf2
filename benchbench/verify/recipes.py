"""Recipes end as: runs as written, runs after a change, cannot run."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.types import Claim, Failed, Measured, Recipe, Ruling
from benchbench.verify.evidence import Evidence, Gap, Held, gap_of, measurements
from benchbench.verify.sources import cite, contradicting, judge_source

BUILDS = "builds"


@dataclass(frozen=True)
class Tried:
    """Whether a variant was built, and if not, the error."""

    built: bool
    error: str = ""


def judge_recipe(claim: Claim, evidence: Evidence, scale: str) -> tuple[Ruling, str]:
    """Judge a recipe at a scale: by the quotations against it, by its attempt, by the variant that replaces it."""
    recipe = claim.recipe or Recipe()
    against = contradicting(claim.quotations)
    if against is not None:
        return _after_change(recipe, evidence, scale, f"contradicted by {cite(against)}")
    if recipe.attempt:
        return _attempt(recipe, evidence, scale)
    if claim.quotations:
        return judge_source(claim)
    if recipe.changed:
        return _after_change(recipe, evidence, scale, "it cannot be tried as written")
    return Ruling.NOT_MEASURED, _open("nothing of it can be measured here", recipe.remedy)


def _attempt(recipe: Recipe, evidence: Evidence, scale: str) -> tuple[Ruling, str]:
    tried = try_out(evidence, scale, recipe.attempt)
    if isinstance(tried, Gap):
        return tried.ruling, _open(tried.reason, recipe.remedy or tried.remedy)
    if tried.built:
        return Ruling.RUNS_AS_WRITTEN, f"'{recipe.attempt}' was built and run as the document gives it"
    return _after_change(recipe, evidence, scale, f"as written it fails with {tried.error}")


def try_out(evidence: Evidence, scale: str, variant: str) -> Tried | Gap:
    """Built is what the probe saw run, else whatever yielded any measurement; a failure is an answer too."""
    entries = evidence.of(scale, variant)
    seen = evidence.find(scale, variant, BUILDS)
    if isinstance(seen, Held):
        notes = seen.entry.outcome.notes if isinstance(seen.entry.outcome, Measured) else ()
        return Tried(seen.estimate.value >= 1, "; ".join(notes) or "no error was told")
    if any(measurements(entry) for entry in entries):
        return Tried(built=True)
    failed = next((entry for entry in entries if isinstance(entry.outcome, Failed)), None)
    if failed is not None and isinstance(failed.outcome, Failed):
        return Tried(False, next(iter(failed.outcome.error.strip().splitlines()), "no error was told"))
    return gap_of(entries[0]) if entries else Gap(f"'{variant}' was not tried at scale '{scale}'", "benchbench run")


def _after_change(recipe: Recipe, evidence: Evidence, scale: str, why: str) -> tuple[Ruling, str]:
    if not recipe.changed:
        return Ruling.CANNOT_RUN, why
    changed = try_out(evidence, scale, recipe.changed)
    if isinstance(changed, Gap):
        return changed.ruling, f"{why}; whether it runs changed is open: {_open(changed.reason, changed.remedy)}"
    if changed.built:
        return Ruling.RUNS_AFTER_CHANGE, f"{why}; '{recipe.changed}' runs after this change: {recipe.change}"
    return Ruling.CANNOT_RUN, f"{why}; changed ({recipe.change}) it fails with {changed.error}"


def _open(reason: str, remedy: str) -> str:
    return f"{reason}; to do it: {remedy}" if remedy else reason
