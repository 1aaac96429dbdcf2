"""What is measured of a suite while its items run: cohort by cohort, and nothing that was deselected."""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pytest

from benchbench import flow
from benchbench.tiers import within
from benchbench.types import Cohort, Entry, Trial, Verdict


class Board:
    """Where each trial of a suite stands. A trial that is asked for is measured then, its whole cohort with it."""

    def __init__(self, path: Path, config: pytest.Config) -> None:
        option = config.getoption
        records = config.invocation_params.dir / str(option("--benchbench-records"))
        fresh, everything = bool(option("--benchbench-fresh")), bool(option("--benchbench-all"))
        self.request = flow.Request(str(path), everything=everything, fresh=fresh, records=records)
        laid = flow.plan(self.request)
        self.plan = within(laid) if option("--benchbench-tier") else laid
        self._entries = {entry.trial.identity: entry for entry in self.plan.entries}
        self._left: set[str] = set()
        self._coming: Generator[Entry] | None = None

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """Those to measure first, by cohort, then those that are recorded or skipped."""
        waiting = [trial.identity for cohort in self.plan.cohorts for trial in cohort.trials]
        first = dict.fromkeys(identity for identity in waiting if identity in self._entries)
        return tuple(self._entries[identity].trial for identity in first | dict.fromkeys(self._entries))

    def entry(self, trial: Trial, wanted: Collection[Trial]) -> Entry:
        """What came of a trial; of all that are `wanted` no more is measured than it takes to know."""
        if self._coming is None:
            chosen = self._chosen({each.identity for each in wanted} | {trial.identity})
            self._left = {each.identity for cohort in chosen.cohorts for each in cohort.trials}
            self._coming = (event for event in flow.execute(self.request, chosen) if isinstance(event, Entry))
        while trial.identity in self._left:
            fresh = next(self._coming, None)
            if fresh is None:
                break
            self._left.discard(fresh.trial.identity)
            self._entries[fresh.trial.identity] = fresh
        return self._entries[trial.identity]

    def _chosen(self, wanted: set[str]) -> flow.Plan:
        """The plan of these trials alone, and of the reference beside them."""
        cohorts = [cohort for cohort in self.plan.cohorts if any(each.identity in wanted for each in cohort.trials)]
        return replace(self.plan, cohorts=tuple(_kept(cohort, wanted) for cohort in cohorts))

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Every claim's verdict over what is known when the first is asked for."""
        account = flow.account(self.plan, tuple(self._entries.values()), store=self.request.store)
        return {verdict.claim.id: verdict for verdict in account.verdicts}

    def close(self) -> None:
        """End what is still being measured; its processes end with it."""
        if self._coming is not None:
            self._coming.close()


def _kept(cohort: Cohort, wanted: set[str]) -> Cohort:
    reference = cohort.reference.name
    kept = (each for each in cohort.trials if each.identity in wanted or each.variant.name == reference)
    return replace(cohort, trials=tuple(kept))
