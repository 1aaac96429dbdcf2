"""The deterministic tier of a suite: what needs no clock and no data to score on, fit for every pull request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchbench import commands, flow, terminal
from benchbench.lineage import is_clockless
from benchbench.recovery import NOTHING
from benchbench.sides import Side


def within(plan: flow.Plan) -> flow.Plan:
    """What of a plan belongs to the tier: counts, sizes, shapes, and drift where the suite declares it.

    Nothing is trained in it, and no probe is added to what a suite declares.
    """
    return replace(
        plan,
        cohorts=tuple(cohort for cohort in plan.cohorts if is_clockless(cohort.probe)),
        entries=tuple(entry for entry in plan.entries if is_clockless(entry.trial.probe)),
        trainings=(),
        forecast=NOTHING,
    )


def of_side(side: Side) -> Side:
    """What of one side of a comparison belongs to the tier."""
    entries = {place: entry for place, entry in side.entries.items() if is_clockless(entry.trial.probe)}
    return replace(side, entries=entries)


def plan(request: flow.Request, *, as_json: bool) -> None:
    """Print the tier's trials and where each stands."""
    commands.show_plan(request, within(flow.plan(request)), as_json=as_json)


def run(request: flow.Request, reports: Path, *, strict: bool, as_json: bool) -> int:
    """Measure and judge the tier alone; the report is of all that is recorded. Answers the exit code of `run`."""
    plan = within(flow.plan(request))
    waiting = sum(len(cohort.trials) for cohort in plan.cohorts)
    terminal.say(f"{plan.suite.name}: {len(plan.entries)} trials without a clock, {waiting} to measure")
    entries = flow.latest(plan, list(terminal.watch(flow.execute(request, plan), waiting)))
    account = flow.account(plan, entries, store=request.store)
    page, *_ = commands.write(commands.whole(request), reports)
    for failed in commands.failures(account):
        terminal.say(f"failed: {failed['trial']}: {failed['error']}")
    terminal.say(f"report: {page}")
    if as_json:
        told = {"verdicts": commands.verdicts(account), "failed": commands.failures(account), "report": str(page)}
        terminal.data(told)
    return commands.exit_code(account, strict=strict)
