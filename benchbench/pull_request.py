"""Two checkouts of one project measured in one job: what needs no clock in each, what is timed by turns of both.

Which code is whose: the suite, the models and all that they import come from each checkout; so does benchbench where
the checkout is one of benchbench itself. What grants the turns, compares and judges is this program's, for both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from benchbench import side_worker, terminal
from benchbench.checkouts import Checkout, checked_out
from benchbench.comparing import compare
from benchbench.errors import BenchbenchError, Crashed
from benchbench.machines import machines
from benchbench.measure.opposing import Limits, Opponent
from benchbench.measure.wire import revive
from benchbench.sides import Side, place_of, side
from benchbench.timed_pairs import Contest, Timed, contests, timed_changes
from benchbench.types import Change, Cohort, Entry, Failed, Judgement, Measured, Skipped, Trial
from benchbench.types.compared import Comparison
from benchbench.verify.gates import corrected

AGAIN, ONCE = "seen again in fresh processes", "not seen again in fresh processes"


@dataclass(frozen=True)
class Asked:
    """What to measure of two checkouts, and how: times matter from `threshold` on, where that is more than usual."""

    base: str
    head: str
    suite: str
    overrides: tuple[str, ...] = ()
    select: str = ""
    allowed: tuple[str, ...] = ()
    threshold: float = 0.0
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Surveyed:
    """One checkout with its records, its timed cohorts, the timed trials that it skips, and whose code it ran."""

    checkout: Checkout
    folder: Path
    cohorts: tuple[Cohort, ...] = ()
    skipped: tuple[Entry, ...] = ()
    code: str = ""
    error: str = ""
    """Why there is nothing of it, where its process died."""


def measured(asked: Asked, records: Path) -> Comparison:
    """BASE against HEAD. Raises UnknownName for what is neither folder nor revision, and what a suite has against it.

    No process and no work tree is left, whatever happens.
    """
    with TemporaryDirectory(prefix="benchbench-") as scratch, ExitStack() as stack:
        home = Path(scratch)
        trees = [
            stack.enter_context(checked_out(name, home / place))
            for name, place in ((asked.base, "base"), (asked.head, "head"))
        ]
        before, after = (
            _surveyed(asked, tree, _folder(home / f"{place}-records", records))
            for tree, place in zip(trees, ("base", "head"), strict=True)
        )
        if before.error:
            raise Crashed(f"BASE {before.checkout.name} could not be measured: {before.error}")
        return _compared(asked, before, after, records)


def _folder(folder: Path, records: Path) -> Path:
    """A folder of records for one side, with the weights that were recovered before."""
    folder.mkdir()
    if (records / "artifacts").is_dir():
        (folder / "artifacts").symlink_to((records / "artifacts").resolve())
    return folder


def _surveyed(asked: Asked, tree: Checkout, folder: Path) -> Surveyed:
    terminal.say(f"{tree.name}: what needs no turns")
    command = {
        "do": "survey",
        "suite": asked.suite,
        "overrides": asked.overrides,
        "select": asked.select,
        "records": str(folder),
        "allowed": asked.allowed,
    }
    try:
        with closing(Opponent(side_command(tree), _surroundings(tree, None))) as worker:
            try:
                answer = worker.ask(asked.limits.timeout_s, **command)
            except Crashed as crash:
                return Surveyed(tree, folder, error=f"{crash}; {(worker.log().splitlines() or [''])[-1]}")
    except BenchbenchError as error:
        raise BenchbenchError(f"{tree.name}: {error.what}", error.hint) from error
    try:
        cohorts = tuple(revive(Cohort, each) for each in answer["cohorts"])
        skipped = tuple(_entry(trial, outcome) for trial, outcome in answer["skipped"])
    except (TypeError, KeyError) as error:
        raise BenchbenchError(f"the benchbench of {tree.name} is too far from this one: {error}") from error
    return Surveyed(tree, folder, cohorts, skipped, answer["code"])


def _entry(trial: Any, outcome: Any) -> Entry:
    told = Failed(outcome["error"], outcome["log"]) if "error" in outcome else revive(Skipped, outcome)
    return Entry(revive(Trial, trial), told)


def side_command(tree: Checkout) -> tuple[str, ...]:
    """What starts a process that works in a checkout."""
    return sys.executable, "-P", str(Path(side_worker.__file__).resolve()), str(tree.folder)


def _surroundings(tree: Checkout, cohort: Cohort | None) -> dict[str, str]:
    """The environment of one of its processes: as every timing process has it, but for whose modules are found."""
    from benchbench.measure.crew import surroundings
    from benchbench.measure.shelves import CATALOG

    threads = cohort.probe.condition.threads if cohort else 1
    probe = CATALOG.probes[cohort.probe.name if cohort else "latency"]
    return surroundings(probe, threads) | {"PYTHONPATH": tree.search}


def _compared(asked: Asked, before: Surveyed, after: Surveyed, records: Path) -> Comparison:
    first = [_timed(asked, contest, before, after) for contest in contests(before.cohorts, after.cohorts)]
    timed = [timed_changes(each, machines(records), asked.threshold) for each in first]
    exact = compare(*_sides(before, after, first), least=asked.threshold, known=machines(records))
    whole = corrected([*exact.changes, *(change for changes in timed for change in changes)])
    told, start = list(whole[: len(exact.changes)]), len(exact.changes)
    for each, changes in zip(first, timed, strict=True):
        own = whole[start : start + len(changes)]
        told += confirmed(own, partial(_again, asked, each, before, after, records))
        start += len(changes)
    return Comparison(
        before.checkout.name, after.checkout.name, tuple(told), tuple(_notes(exact, first, before, after))
    )


def _sides(before: Surveyed, after: Surveyed, first: Sequence[Timed]) -> tuple[Side, Side]:
    """Both sides with what was recorded, and how those trials stand of which not both were measured."""
    ours, theirs = (side(each.checkout.name, each.folder) for each in (before, after))
    entries = {**ours.entries, **_placed(_standing(0, before, after, first))}
    others = {**theirs.entries, **_placed(_standing(1, after, before, first))}
    if after.error:
        lost = Failed(f"nothing of {after.checkout.name} can be measured: {after.error}", "")
        others = {place: replace(entry, outcome=lost, record=None) for place, entry in entries.items()}
    return replace(ours, entries=entries), replace(theirs, entries=others)


def _standing(number: int, own: Surveyed, other: Surveyed, first: Sequence[Timed]) -> list[Entry]:
    """One side's trials that it skips and the other does not, that fell, or that are timed there alone."""
    both = {place_of(entry.trial) for entry in other.skipped}
    found = [entry for entry in own.skipped if place_of(entry.trial) not in both]
    for timed in first:
        found += timed.standing[number]
    held = [(timed.contest.before, timed.contest.after)[number] for timed in first]
    lone = [cohort for cohort in own.cohorts if cohort not in held] if number == 0 else []
    return found + [Entry(trial, Measured((), ())) for cohort in lone for trial in cohort.trials]


def _placed(entries: Sequence[Entry]) -> dict[str, Entry]:
    return {place_of(entry.trial): entry for entry in entries}


def _timed(asked: Asked, contest: Contest, before: Surveyed, after: Surveyed) -> Timed:
    """One cohort by turns, in processes of its own."""

    def start(surveyed: Surveyed, cohort: Cohort) -> Opponent:
        return Opponent(side_command(surveyed.checkout), _surroundings(surveyed.checkout, cohort))

    starts = lambda: start(before, contest.before), lambda: start(after, contest.after)
    folders = str(before.folder), str(after.folder)
    with _heard(contest.after.label) as tell:
        return contest.held(starts, folders, asked.allowed, asked.limits, tell)


@contextmanager
def _heard(cohort: str) -> Iterator[Callable[[str], None]]:
    """Tells how far a cohort is, now and then."""
    last = [monotonic()]
    terminal.say(f"{cohort}: by turns")

    def tell(words: str) -> None:
        if monotonic() - last[0] >= terminal.PLAIN_EVERY:
            last[0] = monotonic()
            terminal.say(f"{cohort}: {words}")

    yield tell


def _again(
    asked: Asked, first: Timed, before: Surveyed, after: Surveyed, records: Path, names: Sequence[str]
) -> list[Change]:
    """What fresh processes show of these variants."""
    terminal.say(f"measured again in fresh processes: {', '.join(names)} of {first.contest.after.label}")
    other = replace(asked, limits=replace(asked.limits, seed=asked.limits.seed + 1))
    second = _timed(other, first.contest.only(names), before, after)
    return timed_changes(second, machines(records), asked.threshold)


def confirmed(changes: Sequence[Change], again: Callable[[list[str]], Sequence[Change]]) -> list[Change]:
    """The changes of one timed cohort, of whose regressions those stay that are shown when measured `again`."""
    suspects = [change.variant for change in changes if change.judgement is Judgement.REGRESSION]
    second = {change.variant: change for change in again(suspects)} if suspects else {}
    return [_weighed(change, second.get(change.variant)) for change in changes]


def _weighed(change: Change, second: Change | None) -> Change:
    if change.judgement is not Judgement.REGRESSION:
        return change
    if second and second.effect and second.judgement is Judgement.REGRESSION:
        return replace(change, why=f"{change.why}; {AGAIN} ({second.effect.value:+.1%})")
    told = second.judgement if second else Judgement.INSUFFICIENT_DATA
    return replace(change, judgement=Judgement.SUSPICIOUS, why=f"{ONCE} ({told}): {change.why}")


def _notes(exact: Comparison, first: Sequence[Timed], before: Surveyed, after: Surveyed) -> Iterator[str]:
    yield from exact.notes
    if first:
        yield "times are compared pair by pair: both checkouts took turns, one process of each, one computing at a time"
    for each, name in ((before, "BASE"), (after, "HEAD")):
        own = Path(each.code).is_relative_to(each.checkout.folder) if each.code else False
        whose = "that checkout's own benchbench" if own else "the installed benchbench"
        yield f"{name} {each.checkout.name}: suite and models from that checkout, measured by {whose}"
    for timed in first:
        yield from timed.notes
