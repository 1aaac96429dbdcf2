"""Everything a report tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from benchbench.types import (
    Complaint,
    Difference,
    Entry,
    Gallery,
    Metric,
    ProbeUse,
    Profile,
    Scale,
    Settings,
    Split,
    Suite,
    Variant,
    Verdict,
)
from benchbench.types.compared import Beside


@dataclass(frozen=True)
class Account:
    """A suite with what came of it: each trial's entry, each claim's verdict, and where and when it was measured.

    `at` is the time of the run in ISO 8601, `version` the program's, `complaints` those of lint. Where `entries` hold
    several trainings of a variant as one, `repeats` are the entries of each. `gallery` holds the pictures that were
    kept, `paired` by the identities of two trials what the first differs from the second over the same images,
    `profiles` what blocks take and machines allow, `splits` by a trial's identity its score taken apart, `beside` other
    sets of records to stand beside these, the oldest first.
    """

    suite: Suite
    entries: tuple[Entry, ...]
    verdicts: tuple[Verdict, ...]
    metrics: Mapping[str, Metric]
    environment: Settings
    run: str
    at: str
    version: str
    complaints: tuple[Complaint, ...] = ()
    repeats: tuple[Entry, ...] = ()
    gallery: tuple[Gallery, ...] = ()
    profiles: tuple[Profile, ...] = ()
    paired: Mapping[tuple[str, str], Mapping[str, Difference]] = field(default_factory=dict)
    splits: Mapping[str, tuple[Split, ...]] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()

    @property
    def lasting(self) -> Account:
        """The account as of its newest record, and not of now: so that the same records give the same files."""
        newest = max((entry.record.at for entry in self.entries if entry.record), default=self.at)
        return replace(self, at=newest)

    def metric(self, name: str) -> Metric:
        """The metric of this name; one without unit or direction where no probe declares it."""
        return self.metrics.get(name) or Metric(name, name.replace("_", " "), "", "neither", 3)

    @cached_property
    def _by_variant(self) -> dict[tuple[str, str], list[Entry]]:
        names = {variant.name for variant in self.suite.variants}
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries:
            if entry.trial.variant.name in names:
                found.setdefault((entry.trial.scale.name, entry.trial.variant.name), []).append(entry)
        return found

    @cached_property
    def _told(self) -> dict[tuple[str, str], list[Entry]]:
        found: dict[tuple[str, str], list[Entry]] = {}
        for entry in (*self.entries, *self.repeats):
            found.setdefault((entry.trial.scale.name, entry.trial.variant.name), []).append(entry)
        return found

    @cached_property
    def _order(self) -> dict[str, int]:
        return {variant.name: number for number, variant in enumerate(self.suite.variants)}

    @cached_property
    def _uses(self) -> dict[str, tuple[ProbeUse, ...]]:
        found = {
            scale.name: distinct(entry.trial.probe for entry in self.at_scale(scale)) for scale in self.suite.scales
        }
        return {name: tuple(sorted(uses, key=self._declared)) for name, uses in found.items()}

    def _declared(self, use: ProbeUse) -> int:
        """Where the suite declares a use; what it does not declare comes last."""
        declared = (number for number, other in enumerate(self.suite.probes) if is_same(use, other))
        return next(declared, len(self.suite.probes))

    def at_scale(self, scale: Scale) -> tuple[Entry, ...]:
        """The entries of the suite's variants at a scale, by variant; attempts are no rows of tables."""
        return tuple(
            entry for variant in self.suite.variants for entry in self._by_variant.get((scale.name, variant.name), ())
        )

    def uses(self, scale: Scale) -> tuple[ProbeUse, ...]:
        """The distinct uses of probes at a scale, in the order of the suite, with their threads as resolved."""
        return self._uses[scale.name]

    def place(self, variant: Variant) -> int:
        """Where the suite declares a variant."""
        return self._order[variant.name]

    def told(self, scale: Scale, variant: Variant) -> tuple[Entry, ...]:
        """Every entry of a variant at a scale, those of single trainings too."""
        return tuple(self._told.get((scale.name, variant.name), ()))

    def entry(self, scale: Scale, use: ProbeUse, variant: Variant | str) -> Entry | None:
        """The last entry of a variant under one use of a probe."""
        name = variant if isinstance(variant, str) else variant.name
        found = self._by_variant.get((scale.name, name), [])
        return next((entry for entry in reversed(found) if is_same(entry.trial.probe, use)), None)

    def variants(self, scale: Scale) -> tuple[Variant, ...]:
        """The variants that have an entry at a scale, in the suite's order."""
        return tuple(variant for variant in self.suite.variants if (scale.name, variant.name) in self._by_variant)


def distinct(uses: Iterable[ProbeUse]) -> tuple[ProbeUse, ...]:
    """Each use once, with its threads resolved where one of its kind says them."""
    found: list[ProbeUse] = []
    for use in uses:
        known = next((number for number, other in enumerate(found) if is_same(use, other)), None)
        if known is None:
            found.append(use)
        elif not found[known].condition.threads:
            found[known] = use
    return tuple(found)


def is_same(use: ProbeUse, other: ProbeUse) -> bool:
    """Whether two uses of a probe are one: a use that was set aside still has its threads unresolved (0)."""
    if use.name != other.name or use.settings != other.settings:
        return False
    if not (use.condition.threads and other.condition.threads):
        return replace(use.condition, threads=0) == replace(other.condition, threads=0)
    return use.condition == other.condition
