"""What the trials of a suite came to beside a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import pytest

from benchbench import flow
from benchbench.compare_commands import Asked, limited
from benchbench.gating import by_trial
from benchbench.machines import machines
from benchbench.report.numbers import metric_style, written
from benchbench.sides import opened, side
from benchbench.types import STATUS, Change, Entry, Judgement, Skipped

GUILTY = (Judgement.REGRESSION, Judgement.FAILED)
DECIDED = (Judgement.IMPROVEMENT, Judgement.EQUIVALENT)


class Gate:
    """A suite against a baseline, a folder of records or a git revision of them, as `compare --suite` sees it."""

    def __init__(self, name: str, request: flow.Request, reference: str, *, exact: bool) -> None:
        self.name, self._request, self._reference, self._exact = name, request, reference, exact

    def check(self) -> None:
        """Raises UnknownName where there is no such set of records."""
        with opened(self.name, self._request.records):
            pass

    @cached_property
    def changes(self) -> dict[str, tuple[Change, ...]]:
        """By the place of a trial, between the baseline and all that is recorded when the first is asked for."""
        records = self._request.records
        asked = Asked(self.name, suite=self._request.suite, exact=self._exact)
        with opened(self.name, records) as before:
            sides = limited(asked, before, side("current records", records))
            return by_trial(*sides, self._reference, machines(records))


def pass_or_not(name: str, changes: Sequence[Change], entry: Entry) -> None:
    """End a test as a trial's changes from a baseline of this name tell: all of its metrics have to be as good."""
    guilty = [change for change in changes if change.judgement in GUILTY]
    if guilty:
        pytest.fail("\n".join(map(_told, guilty)), pytrace=False)
    if isinstance(entry.outcome, Skipped):
        pytest.skip(f"{entry.outcome.reason} → {entry.outcome.remedy}")
    if not changes:
        pytest.skip(f"not in {name}")
    open_ = [change for change in changes if change.judgement not in DECIDED]
    if open_:
        pytest.skip("; ".join(dict.fromkeys(map(_doubt, open_))))


def _told(change: Change) -> str:
    """One change in a line."""
    if change.metric == STATUS:
        return f"{change.judgement}: {change.why}"
    sides = (change.before, change.after)
    before, after = (written(each, metric_style(change.metric, each.value)) if each else "none" for each in sides)
    return f"{change.judgement}: {change.metric.name} {before} → {after}: {change.why}"


def _doubt(change: Change) -> str:
    """Of what bars all metrics of a trial alike the reason alone, so that it stands once."""
    if change.judgement is Judgement.NOT_COMPARABLE:
        return f"{change.judgement}: {change.why}"
    return _told(change)
