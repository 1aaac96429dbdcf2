"""Suite to cohorts: what must be measured side by side, and what is set aside. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from operator import not_

from benchbench.errors import BenchbenchError, nearest
from benchbench.expand.selection import Selection, parse_selection
from benchbench.types import Cohort, Entry, ProbeUse, Scale, Skipped, Suite, Trial, Variant

BUILDS = "builds"
"""The probe of recipes: whether a model can be built at all."""
EAGER = "eager"
"""The runtime that needs neither an export nor a compiler."""


Seeded = Callable[[Variant, ProbeUse], bool]
"""Whether a variant is measured once for each of the suite's seeds by this probe: what is trained and scored is."""


@dataclass(frozen=True)
class Expansion:
    """The cohorts to measure, in the suite's order, and the trials left out with the reason and the remedy."""

    cohorts: tuple[Cohort, ...]
    set_aside: tuple[Entry, ...] = ()


def expand(suite: Suite, *, select: str = "", everything: bool = False, seeded: Seeded = lambda *_: False) -> Expansion:
    """All trials of each scale and probe, the reference first, and the recipes' attempts in cohorts of their own.

    `select` keeps the trials whose variant, probe or scale match; the reference stays in every cohort of which
    anything is kept. `everything` also takes the variants a probe leaves outside the default budget, and the runtimes
    that export or compile, which takes minutes; a selection that names such a runtime takes it, too. A variant that is
    `seeded` for a probe has a trial for each of the suite's seeds, every other one for its first alone. Raises
    BenchbenchError for a selection that cannot be read or that matches nothing.
    """
    selection = parse_selection(select)
    reference = next(variant for variant in suite.variants if variant.name == suite.reference)
    trials = _Trials(suite, seeded)
    cohorts: list[Cohort] = []
    set_aside: list[Entry] = []
    for scale, probe, wanted, others in _groups(suite, everything, selection):
        kept = [trial for trial in trials.of(wanted, scale, probe) if _chosen(trial, selection)]
        aside = [trial for trial in trials.of(others, scale, probe) if _chosen(trial, selection)]
        if kept:
            first = trials.of([reference], scale, probe) if _takes_reference(probe, scale, reference) else []
            taken = {trial.identity for trial in first}
            rest = [trial for trial in kept if trial.identity not in taken]
            cohorts.append(Cohort(scale, probe, reference, (*first, *rest)))
        set_aside += [Entry(trial, _left_out(probe, selection)) for trial in aside]
    if select.strip() and not cohorts and not set_aside:
        raise BenchbenchError(f"the selection '{select.strip()}' matches no trial", _near(suite, selection))
    return Expansion(tuple(cohorts), tuple(set_aside))


def _groups(
    suite: Suite, everything: bool, selection: Selection
) -> Iterator[tuple[Scale, ProbeUse, list[Variant], list[Variant]]]:
    """(scale, probe, variants to measure, variants to set aside)"""
    for probe in suite.probes:
        for scale in suite.scales:
            if probe.scales and scale.name not in probe.scales:
                continue
            present = [variant for variant in suite.variants if _is_at(variant, scale)]
            called = _is_called(probe, selection)
            within = [everything or (called and _in_budget(each, probe, suite)) for each in present]
            yield scale, probe, list(compress(present, within)), list(compress(present, map(not_, within)))
    for scale in suite.scales:
        attempted = [variant for variant in _attempted(suite, scale) if _is_at(variant, scale)]
        yield scale, ProbeUse(BUILDS), attempted, []


def _is_at(variant: Variant, scale: Scale) -> bool:
    return not variant.scales or scale.name in variant.scales


def _in_budget(variant: Variant, probe: ProbeUse, suite: Suite) -> bool:
    return not probe.variants or variant.name in probe.variants or variant.name == suite.reference


def _is_called(probe: ProbeUse, selection: Selection) -> bool:
    """Whether a selection names the probe's runtime, where that exports or compiles."""
    runtime = probe.condition.runtime
    return runtime == EAGER or any(word.casefold() in runtime for word in selection.words)


def _left_out(probe: ProbeUse, selection: Selection) -> Skipped:
    runtime = probe.condition.runtime
    if _is_called(probe, selection):
        return Skipped(f"outside the default budget of probe {probe.name}", "--all")
    return Skipped(f"{runtime} is outside the default budget: it takes minutes", f"-k {runtime}, or --all")


def _attempted(suite: Suite, scale: Scale) -> Iterator[Variant]:
    """What recipes speak of at this scale, and attempts that no recipe names; each once."""
    spoken: dict[str, list[str]] = {}
    for claim in suite.claims:
        if claim.recipe:
            for name in filter(None, (claim.recipe.attempt, claim.recipe.changed)):
                spoken.setdefault(name, []).append(claim.scale)
    attempts = {variant.name for variant in suite.attempts}
    for variant in (*suite.attempts, *suite.variants):
        scales = spoken.get(variant.name, ["any"] if variant.name in attempts else [])
        if "any" in scales or scale.name in scales:
            yield variant


@dataclass(frozen=True)
class _Trials:
    suite: Suite
    seeded: Seeded

    def of(self, variants: Iterable[Variant], scale: Scale, probe: ProbeUse) -> list[Trial]:
        return [Trial(variant, scale, probe, seed) for variant in variants for seed in self._seeds(variant, probe)]

    def _seeds(self, variant: Variant, probe: ProbeUse) -> tuple[int, ...]:
        repeated = probe.name != BUILDS and self.suite.seeds and self.seeded(variant, probe)
        return self.suite.seeds if repeated else (self.suite.seed,)


def _chosen(trial: Trial, selection: Selection) -> bool:
    return selection.matches((trial.variant.name, trial.probe.name, trial.scale.name, *_runtime(trial.probe)))


def _runtime(probe: ProbeUse) -> tuple[str, ...]:
    """The runtime as a name to select by; eager, which most have, is none."""
    return () if probe.condition.runtime == EAGER else (probe.condition.runtime,)


def _takes_reference(probe: ProbeUse, scale: Scale, reference: Variant) -> bool:
    return probe.name != BUILDS and _is_at(reference, scale)


def _near(suite: Suite, selection: Selection) -> str:
    """The nearest known name for each word that is part of none."""
    parts = (suite.variants, suite.attempts, suite.probes, suite.scales)
    names = {thing.name for group in parts for thing in group}
    names |= {name for probe in suite.probes for name in _runtime(probe)}
    unknown = [word for word in selection.words if not any(word.casefold() in name.casefold() for name in names)]
    if not unknown:
        return "each of its names exists, but no trial has them together"
    return "; ".join(f"'{word}': {nearest(word, names)}" for word in unknown)
