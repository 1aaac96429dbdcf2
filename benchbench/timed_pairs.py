"""Timed cohorts that two checkouts share, measured by turns and judged pair by pair."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import log1p
from statistics import fmean

from benchbench import weighing
from benchbench.lineage import metrics
from benchbench.measure.opposing import Limits, Match, Start, oppose
from benchbench.measure.wire import plain
from benchbench.twins import apart
from benchbench.types import Change, Cohort, Entry, Failed, Judgement, Machine, Measured, Outcome, Trial
from benchbench.verify import tolerances
from benchbench.verify.effects import LEAST_ROUNDS, Effect
from benchbench.verify.gates import judged
from benchbench.verify.turn_pairs import between_turns

ALARMS = (Judgement.REGRESSION, Judgement.IMPROVEMENT)
CLEAR = (*ALARMS, Judgement.EQUIVALENT)
HELD = 6
"""Variants that both processes hold at a time; each group has the reference, and its twin."""


@dataclass(frozen=True)
class Contest:
    """One timed cohort as either checkout has it."""

    before: Cohort
    after: Cohort

    @property
    def names(self) -> list[str]:
        """The variants of both, in HEAD's order."""
        ours = {trial.variant.name for trial in self.before.trials}
        return [trial.variant.name for trial in self.after.trials if trial.variant.name in ours]

    def only(self, names: Sequence[str]) -> Contest:
        """Of these variants alone."""
        return Contest(_cut(self.before, names), _cut(self.after, names))

    def held(
        self,
        starts: tuple[Start, Start],
        folders: tuple[str, str],
        allowed: Sequence[str],
        limits: Limits,
        tell: Callable[[str], None],
    ) -> Timed:
        """Measure it, group by group, each within its share of the seconds."""
        first, second = (
            {"cohort": plain(cohort), "records": folder, "allowed": list(allowed)}
            for cohort, folder in zip((self.before, self.after), folders, strict=True)
        )
        reference = self.after.reference.name
        rest = [name for name in self.names if name != reference]
        groups = [rest[start : start + HELD] for start in range(0, len(rest), HELD)] or [[]]
        share = replace(limits, seconds=limits.seconds / len(groups))
        matches = [oppose(starts, (first, second), [reference, *group], reference, share, tell) for group in groups]
        return Timed(self, tuple(matches))


@dataclass(frozen=True)
class Timed:
    """A contest with its groups' matches."""

    contest: Contest
    matches: tuple[Match, ...]

    @property
    def standing(self) -> tuple[list[Entry], list[Entry]]:
        """How the trials stand, on either side, of which not both were measured."""
        fallen = {turn: error for match in self.matches for turn, error in match.fallen.items()}
        found: tuple[list[Entry], list[Entry]] = ([], [])
        names = set(self.contest.names)
        for side, cohort in enumerate((self.contest.before, self.contest.after)):
            for trial in cohort.trials:
                name = trial.variant.name
                if {(0, name), (1, name)} & fallen.keys() or (name not in names and side == 0):
                    found[side].append(Entry(trial, _outcome(fallen.get((side, name)))))
        return found

    @property
    def notes(self) -> Iterator[str]:
        """What the twin of BASE's reference showed, where that was not nothing."""
        reference = self.contest.after.reference.name
        for match in self.matches:
            if not match.rounds:
                continue
            known = apart(match.measurement(0, reference, reference)) if (0, reference) in match.rounds[0] else None
            if known:
                apart_by = f"{known.value - 1:+.1%}; every interval is widened for it"
                yield f"{self.contest.after.label}: BASE's reference and its identical twin came apart by {apart_by}"


def contests(before: Sequence[Cohort], after: Sequence[Cohort]) -> list[Contest]:
    """The cohorts of the same names, settings and condition."""
    ours = {_place(cohort): cohort for cohort in before}
    return [Contest(ours[place], cohort) for cohort in after if (place := _place(cohort)) in ours]


def timed_changes(timed: Timed, known: Sequence[Machine], least: float) -> list[Change]:
    """Every variant's times of HEAD against BASE's, by pairs of one round."""
    trials = {trial.variant.name: trial for trial in timed.contest.after.trials}
    reference, found, seen = timed.contest.after.reference.name, [], set[str]()
    for match in timed.matches:
        for name in {name: None for each in match.rounds[:1] for side, name in each if side == 1}:
            if name in trials and name not in seen:
                seen.add(name)
                found.append(_change(match, trials[name], reference, known, least))
    return found


def _change(match: Match, trial: Trial, reference: str, known: Sequence[Machine], least: float) -> Change:
    before, after = (match.measurement(side, trial.variant.name, reference) for side in (0, 1))
    metric = metrics()[match.metric]
    blank = replace(
        weighing.blank(trial, metric, "time"),
        before=weighing.estimated(before, metric),
        after=weighing.estimated(after, metric),
    )
    effect = between_turns(before, after)
    if effect is None:
        return replace(blank, why=f"fewer than {LEAST_ROUNDS} rounds")
    machine = next((each for each in known if each.is_that_of(match.environment)), None)
    steal = max(fmean(side.columns["steal"]) for side in (before, after))
    gpu = trial.probe.condition.device.startswith("cuda")
    threshold, reason = tolerances.of_time(machine, effect.n, steal=steal, gpu=gpu, least=least)
    judgement, why = judged(effect, log1p(threshold), metric.better)
    told = f"{why} ({effect.n} pairs; threshold {reason})"
    shown = effect.shown(as_logs=True, scope=weighing.LIMITS)
    found = replace(blank, judgement=judgement, effect=shown, threshold=threshold, p=effect.p, why=told)
    return found if judgement in CLEAR or gpu else _by_work(found, effect, match, reference)


def _by_work(found: Change, clock: Effect, match: Match, reference: str) -> Change:
    """The change as the processor's time tells it, where the clock told nothing and does not exclude it.

    On a busy machine a call waits for its turn many times as long as it computes: its wall time tells how busy the
    others are, its CPU time what it did. To ask both doubles the tests, and so the p of either.
    """
    sides = [match.measurement(side, found.variant, reference, "cpu_s") for side in (0, 1)]
    work = between_turns(sides[0], sides[1]) if all(min(side.samples) > 0 for side in sides) else None
    if work is None or work.p is None:
        return found
    doubled = replace(work, p=min(1.0, 2 * work.p))
    effect = doubled.mirrored if found.metric.better == "higher" else doubled
    judgement, why = judged(effect, log1p(found.threshold), found.metric.better)
    if judgement not in ALARMS or not clock.low <= effect.value <= clock.high:
        return replace(found, p=clock.p and min(1.0, 2 * clock.p))
    shown = effect.shown(as_logs=True, scope=f"{weighing.LIMITS}, CPU time")
    told = f"by CPU time, since the machine is too busy for the clock ({effect.n} pairs): {why}"
    return replace(found, judgement=judgement, effect=shown, p=effect.p, why=told)


def _outcome(error: str | None) -> Outcome:
    return Measured((), ()) if error is None else Failed(error, "")


def _place(cohort: Cohort) -> str:
    """What makes two cohorts the same one; who is in it may change."""
    probe = cohort.probe
    named = [cohort.scale.name, probe.name, dict(probe.settings), vars(probe.condition)]
    return json.dumps(plain(named), sort_keys=True)


def _cut(cohort: Cohort, names: Sequence[str]) -> Cohort:
    """A cohort of these variants, and of whatever is left if it is none: a cohort without trials cannot be built."""
    left = tuple(trial for trial in cohort.trials if trial.variant.name in names)
    return replace(cohort, trials=left or cohort.trials[:1])
