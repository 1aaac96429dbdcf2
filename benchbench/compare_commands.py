"""What `benchbench compare` does."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from benchbench import confirming, flow, shown_changes, terminal, tiers
from benchbench.ci_files import write
from benchbench.comparing import compare as compared
from benchbench.errors import BenchbenchError
from benchbench.machines import machines
from benchbench.report.ci import write_comparison
from benchbench.sides import Side, named, opened, place_of, side
from benchbench.types import Entry, Place, Skipped
from benchbench.types.compared import Comparison
from benchbench.verify.gates import exit_code


@dataclass(frozen=True)
class Asked:
    """Two sides by name; an empty `after` means the current records. A `suite` limits both to what it measures, and
    `exact` to what needs no clock. With a `form` the comparison is written as that, to a file where one is named, and
    not printed as a table.
    """

    before: str
    after: str = ""
    gate: bool = False
    threshold: float = 0.0
    suite: str = ""
    select: str = ""
    confirm: bool = False
    form: str = ""
    output: Path | None = None
    exact: bool = False


def compare(asked: Asked, records: Path, *, as_json: bool) -> int:
    """Compare and print; answers the exit code, 0 where no gate was asked for."""
    _checked(asked)
    current = nullcontext(side("current records", records))
    with opened(asked.before, records) as before, opened(asked.after, records) if asked.after else current as after:
        found = _compared(asked, before, after, records)
        if asked.confirm and confirming.suspects(found):
            found = _confirmed(asked, found, before, records)
    code = exit_code(found)
    if asked.form:
        write(write_comparison(found, asked.form, _places(asked)), asked.output)
    else:
        shown_changes.show(found, code, as_json=as_json)
    return code if asked.gate else 0


def _places(asked: Asked) -> dict[str, Place]:
    """Where the suite, if one was named, declares its variants."""
    variants = flow.read(flow.Request(asked.suite)).variants if asked.suite else ()
    return {variant.name: variant.place for variant in variants}


def _checked(asked: Asked) -> None:
    if asked.confirm and (asked.after or not asked.suite):
        raise BenchbenchError("--confirm measures again here", "leave B out, and name the suite with --suite")
    if asked.select and not asked.suite:
        raise BenchbenchError("-k selects within a suite", "name the suite with --suite")


def _compared(asked: Asked, before: Side, after: Side, records: Path) -> Comparison:
    return compared(*limited(asked, before, after), least=asked.threshold, known=machines(records))


def limited(asked: Asked, before: Side, after: Side) -> tuple[Side, Side]:
    """Both sides, of what was asked for alone. Raises InvalidSuite."""
    if asked.suite:
        before, after = within(asked, before, after)
    return (tiers.of_side(before), tiers.of_side(after)) if asked.exact else (before, after)


def within(asked: Asked, before: Side, after: Side) -> tuple[Side, Side]:
    """Both sides, of what a suite measures alone, as it declares it now; what it skips now is there as skipped."""
    plan = flow.plan(flow.Request(asked.suite, select=asked.select, everything=True, records=after.store.folder))
    standing = {place_of(entry.trial): entry for entry in plan.entries}
    names = [named(entry.trial) for entry in plan.entries]
    old = {place: entry for place, entry in before.entries.items() if named(entry.trial) in names}
    new = {place: entry for place, entry in after.entries.items() if place in standing}
    gone = [place for place in old if place in standing and place not in new]
    lost = {place: standing[place] for place in gone if _is_skipped(standing[place])}
    return replace(before, entries=old), replace(after, entries={**new, **lost})


def _is_skipped(entry: Entry) -> bool:
    """Whether it cannot be measured here any more, rather than was not yet."""
    return isinstance(entry.outcome, Skipped) and entry.outcome.reason not in flow.WAITING


def _confirmed(asked: Asked, found: Comparison, before: Side, records: Path) -> Comparison:
    """Measure suspected slow-downs again, and keep as alarms what both times show."""
    request = flow.Request(asked.suite, select=asked.select, everything=True, fresh=True, records=records)
    plan = confirming.planned(request, confirming.suspects(found))
    count = sum(len(cohort.trials) for cohort in plan.cohorts)
    terminal.say(f"suspected slow-downs: {count} trials are measured again, references included")
    for _ in terminal.watch(confirming.measured(request, plan), count):
        pass
    return confirming.confirmed(found, _compared(asked, before, side("current records", records), records))
