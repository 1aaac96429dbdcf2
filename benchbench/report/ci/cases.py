"""What a run and a comparison came to, as the cases of a test: passed, failed, broken, or skipped with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from benchbench.report.account import Account
from benchbench.report.numbers import metric_style, written
from benchbench.report.rulings import tone
from benchbench.types import Condition, Entry, Failed, Measured, Place, Skipped, Trial, Verdict
from benchbench.types.compared import GRAVEST_FIRST, Change, Comparison, Judgement


class Standing(StrEnum):
    BROKEN = "broken"
    FAILED = "failed"
    SKIPPED = "skipped"
    PASSED = "passed"


@dataclass(frozen=True)
class Case:
    """One trial, claim or change. `word` is its outcome in the program's own words, `reason` one sentence, `log` more.

    `place` is where a suite file declares it.
    """

    group: str
    name: str
    standing: Standing
    word: str
    reason: str
    log: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class Outcomes:
    """Cases with the name that tells a suite or a comparison from any other; `notes` hold for all of it."""

    name: str
    title: str
    cases: tuple[Case, ...]
    notes: tuple[str, ...] = ()

    def having(self, *standings: Standing) -> tuple[Case, ...]:
        """The cases that stand so, in their order."""
        return tuple(case for case in self.cases if case.standing in standings)


TONES = {"holds": Standing.PASSED, "changed": Standing.PASSED, "fails": Standing.FAILED, "open": Standing.SKIPPED}
JUDGED = {
    Judgement.REGRESSION: Standing.FAILED,
    Judgement.FAILED: Standing.BROKEN,
    Judgement.IMPROVEMENT: Standing.PASSED,
    Judgement.EQUIVALENT: Standing.PASSED,
}
"""Whatever else a change is judged, nothing was decided by it, and it is skipped with its reason."""
PLAIN = Condition()
NO_PLACES: Mapping[str, Place] = MappingProxyType({})


def of_account(account: Account) -> Outcomes:
    """Every trial, of repeated trainings each one that failed or was skipped beside the whole, and every claim."""
    entries = _entries(account)
    named = zip(entries, names([entry.trial for entry in entries]), strict=True)
    trials = tuple(_trial(account, entry, name) for entry, name in named)
    return Outcomes(
        account.suite.name,
        account.suite.title or account.suite.name,
        (*trials, *(_claim(account, verdict) for verdict in account.verdicts)),
    )


def of_comparison(comparison: Comparison, places: Mapping[str, Place] = NO_PLACES) -> Outcomes:
    """Every change, the gravest first; what was not decided is skipped, as is what lacks data.

    `places` are those at which a suite file declares its variants, by name: the file's name tells comparisons apart.
    """
    files = sorted({Path(place.file).stem for place in places.values()})
    name = f"{', '.join(files)}{': ' * bool(files)}{comparison.before} → {comparison.after}"
    changes = sorted(comparison.changes, key=lambda change: GRAVEST_FIRST.index(change.judgement))
    cases = tuple(replace(_change(change), place=places.get(change.variant)) for change in changes)
    return Outcomes(name, name, cases, comparison.notes)


def _entries(account: Account) -> list[Entry]:
    found = {entry.trial.identity: entry for entry in account.entries}
    for entry in account.repeats:
        if not isinstance(entry.outcome, Measured):
            found.setdefault(entry.trial.identity, entry)
    return list(found.values())


def _trial(account: Account, entry: Entry, name: str) -> Case:
    trial = entry.trial
    group = ".".join((account.suite.name, trial.scale.name, trial.probe.name))
    standing, word, reason, log = _outcome(entry)
    return Case(group, name, standing, word, reason, log, trial.variant.place)


def names(trials: Sequence[Trial]) -> tuple[str, ...]:
    """Of each its variant; its seed, and where a probe is used more than once how, tell it from others."""
    repeated = Counter(trial.label for trial in trials)
    return tuple(_name(trial, repeated[trial.label] > 1) for trial in trials)


def _name(trial: Trial, is_ambiguous: bool) -> str:
    seed = f" (seed {trial.seed})" if trial.seed else ""
    return f"{trial.variant.name}{seed}" + (f" ({', '.join(_use(trial))})" if is_ambiguous else "")


def _use(trial: Trial) -> Iterator[str]:
    """How this use of a probe differs from a plain one."""
    condition = trial.probe.condition
    for field in fields(condition):
        if getattr(condition, field.name) != getattr(PLAIN, field.name):
            yield f"{field.name} {getattr(condition, field.name)}"
    for name, value in sorted(trial.probe.settings.items()):
        yield f"{name} {value}"


def _outcome(entry: Entry) -> tuple[Standing, str, str, str]:
    outcome = entry.outcome
    if isinstance(outcome, Failed):
        return Standing.BROKEN, "failed", outcome.error, outcome.log
    if isinstance(outcome, Skipped):
        return Standing.SKIPPED, "skipped", f"{outcome.reason} → {outcome.remedy}", ""
    return Standing.PASSED, "measured", "; ".join(outcome.notes), ""


def _claim(account: Account, verdict: Verdict) -> Case:
    claim = verdict.claim
    findings = "\n".join(f"{finding.reading.name}: {finding.reason}" for finding in verdict.findings)
    return Case(
        f"{account.suite.name}.claims",
        claim.id,
        TONES[tone(verdict.ruling)],
        verdict.ruling.value,
        verdict.reason,
        findings,
        claim.place,
    )


def _change(change: Change) -> Case:
    group = ".".join(("changes", change.scale, change.probe))
    sides = (change.before, change.after)
    before, after = (written(side, metric_style(change.metric, side.value)) if side else "none" for side in sides)
    told = f"{change.why} ({before} → {after})" if any(sides) else change.why
    standing = JUDGED.get(change.judgement, Standing.SKIPPED)
    return Case(group, f"{change.trial}: {change.metric.name}", standing, change.judgement.value, told)
