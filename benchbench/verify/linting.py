"""What can be said of a document's claims before anything is measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from benchbench.types import Claim, Complaint, Entry, Metric, Ruling, Suite, Verdict
from benchbench.verify.composition import doubt_sums
from benchbench.verify.consistency import doubt_orders, doubt_pairs, doubt_ratios, doubt_sizes
from benchbench.verify.judging import judge
from benchbench.verify.soundness import doubt_controls, doubt_profiles


def lint(
    suite: Suite, entries: Sequence[Entry], metrics: Mapping[str, Metric], training: Collection[str] = ()
) -> tuple[Complaint, ...]:
    """Doubts about the claims, each at its claim's place: from their own arithmetic, then from exact counts.

    `entries` need hold nothing; of those there are, exact counts alone are used. Accuracy has no law of composition,
    so losses of it are never added up. `training` names the steps that train: what they recover needs a control.
    """
    counted = {name: metric for name, metric in metrics.items() if metric.exact}
    found = [
        *doubt_profiles(suite, metrics),
        *doubt_controls(suite, training),
        *doubt_sums(suite, entries, counted),
        *doubt_ratios(suite),
        *doubt_sizes(suite),
        *doubt_pairs(suite),
        *doubt_orders(suite),
        *_excluded(suite, entries, counted),
    ]
    return tuple(found)


def _excluded(suite: Suite, entries: Sequence[Entry], counted: Mapping[str, Metric]) -> Iterator[Complaint]:
    for verdict in judge(suite, entries, counted):
        if _by_counts(verdict):
            hint = (
                "the claim stays, with this verdict" if verdict.ruling is Ruling.IMPOSSIBLE else "a built model decides"
            )
            yield Complaint(verdict.claim.place, f"{named(verdict.claim)}: {verdict.reason}", hint, "warning")


def _by_counts(verdict: Verdict) -> bool:
    missed = verdict.ruling in (Ruling.IMPOSSIBLE, Ruling.REFUTED)
    exact = [finding.estimate is not None and finding.estimate.exact for finding in verdict.findings]
    return missed and (all(exact) or verdict.claim.kind == "ordering")


def named(claim: Claim) -> str:
    return f"{claim.id} ({claim.title})"
