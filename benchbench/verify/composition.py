"""Cuts to disjoint parts add: the stated shares of the parts against that of all of them together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from benchbench.types import Claim, Complaint, Entry, Metric, Range, Reading, Suite, Variant
from benchbench.verify.evidence import Evidence, Gap
from benchbench.verify.numbers import SLACK, take

ADDITIVE = frozenset({"params", "params_paper", "params_nonzero", "file_mib"})
"""Sums over parts of a model. A cut's share of them adds up; FLOPs, times and accuracies of cuts do not."""
MOST = 4
"""Parts in one combination: documents list a handful of strategies."""

Steps = Counter[str]


@dataclass(frozen=True)
class Cut:
    """A claimed change with the steps that make it."""

    claim: Claim
    reading: Reading
    range: Range
    steps: Steps


def doubt_sums(suite: Suite, entries: Sequence[Entry], metrics: Mapping[str, Metric]) -> Iterator[Complaint]:
    """Combinations whose stated share is not the sum of their parts', once per claim and set of parts."""
    evidence = Evidence(suite, entries, metrics)
    cuts = list(_cuts(suite))
    told: set[tuple[str, ...]] = set()
    for whole in cuts:
        for parts in _partitions(whole, cuts):
            names = (whole.claim.id, *sorted(part.claim.id for part in parts))
            if names not in told and not _adds_up(whole, parts):
                told.add(names)
                yield Complaint(whole.claim.place, _told(whole, parts, evidence), _hint(whole, parts), "warning")


def _cuts(suite: Suite) -> Iterator[Cut]:
    variants = {variant.name: variant for variant in suite.variants}
    for claim in suite.claims:
        for reading in claim.readings if claim.kind == "change" else ():
            made, versus = variants.get(reading.variant), variants.get(reading.versus)
            if reading.form != "change" or reading.metric not in ADDITIVE or not (made and versus and reading.range):
                continue
            steps = _added(made, versus)
            if steps and reading.range.value < 0:
                yield Cut(claim, reading, reading.range, steps)


def _added(made: Variant, versus: Variant) -> Steps:
    """The steps that lead from one variant to the other; none where it does not start from it."""
    ours, theirs = _steps(made), _steps(versus)
    descends = dict(made.architecture) == dict(versus.architecture) and theirs <= ours
    return ours - theirs if descends else Counter()


def _steps(variant: Variant) -> Steps:
    return Counter(json.dumps([step.name, dict(step.settings)], sort_keys=True) for step in variant.steps)


def _partitions(whole: Cut, cuts: Sequence[Cut]) -> Iterator[tuple[Cut, ...]]:
    candidates = [part for part in cuts if _may_be_part(part, whole)]
    for count in range(2, MOST + 1):
        for parts in combinations(candidates, count):
            distinct = len({part.claim.id for part in parts}) == count
            if distinct and sum((part.steps for part in parts), Counter()) == whole.steps:
                yield parts


def _may_be_part(part: Cut, whole: Cut) -> bool:
    """Of the same document, metric, scale and origin, with some of its steps but not all."""
    alike = all(getattr(part.reading, name) == getattr(whole.reading, name) for name in ("metric", "versus")) and (
        part.claim.scale,
        part.claim.source.document,
    ) == (whole.claim.scale, whole.claim.source.document)
    return alike and part.steps < whole.steps


def _adds_up(whole: Cut, parts: Sequence[Cut]) -> bool:
    low, high = sum(part.range.low for part in parts), sum(part.range.high for part in parts)
    return low <= whole.range.high + SLACK and whole.range.low - SLACK <= high


def _told(whole: Cut, parts: Sequence[Cut], evidence: Evidence) -> str:
    total = sum(part.range.value for part in parts)
    stated = " + ".join(_share(part.range.value) for part in parts)
    text = f"cuts to disjoint parts add: {stated} of {whole.reading.metric} make {_share(total)}, but "
    text = f"{whole.claim.id} ({whole.claim.title}): {text}the document gives {_share(whole.range.value)} for all"
    pair = _pair_beyond(whole, parts)
    counts = _counted(whole, parts, evidence)
    return text + (f"; {pair}" if pair else "") + (f"; {counts}" if counts else "")


def _pair_beyond(whole: Cut, parts: Sequence[Cut]) -> str:
    """Two of the parts that are more than the whole already."""
    for left, right in combinations(parts, 2) if len(parts) > 2 else ():
        if left.range.high + right.range.high < whole.range.low:
            both = f"{_share(left.range.value)} ({left.claim.id}) + {_share(right.range.value)} ({right.claim.id})"
            return f"{both} alone cannot give {_share(whole.range.value)}"
    return ""


def _counted(whole: Cut, parts: Sequence[Cut], evidence: Evidence) -> str:
    """The same shares by exact count, where all are there: they show how far the cuts overlap."""
    taken = [take(cut.reading, cut.claim, evidence, cut.claim.scale) for cut in (*parts, whole)]
    values = [_share(each.estimate.value, 1) for each in taken if not isinstance(each, Gap)]
    if len(values) < len(taken):
        return ""
    return f"by exact count they are {' + '.join(values[:-1])}, together {values[-1]}"


def _hint(whole: Cut, parts: Sequence[Cut]) -> str:
    names = ", ".join(part.claim.id for part in parts)
    missing = abs(sum(part.range.value for part in parts)) - abs(whole.range.value)
    relation = "more" if missing > 0 else "less"
    return f"together {names} state {_share(missing)} {relation}; only cuts that overlap may give less than their sum"


def _share(change: float, digits: int = 0) -> str:
    value = 100 * abs(change)
    return f"{value:.{digits}f} %" if digits or value == round(value) else f"{value:g} %"
