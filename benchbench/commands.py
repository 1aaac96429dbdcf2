"""What the commands do: ask flow, print what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchbench import declare, flow, terminal, timetable
from benchbench.checkup import checkup
from benchbench.cleaning import clean
from benchbench.errors import BenchbenchError, describe
from benchbench.machines import keep
from benchbench.measure import Progress, calibrate, preparing, usable_cores
from benchbench.published import is_current, made_of, remember
from benchbench.record import Store
from benchbench.recovery import TO_TRAIN, Forecast, time_in_words
from benchbench.report import Account, render, rendered
from benchbench.together import together, warn_of_crowding
from benchbench.types import Complaint, Entry, Failed, Measured, Skipped
from benchbench.types.compared import Beside
from benchbench.verify import refuted
from benchbench.vocabulary import vocabulary
from benchbench.whole_files import write_whole

FILES = {"html": "html", "markdown": "md", "csv": "csv", "json": "json"}
DONE, INVALID, INCOMPLETE, REFUTED = 0, 2, 3, 5


def run(request: flow.Request, reports: Path, *, strict: bool, as_json: bool) -> int:
    """`conduct` this; under torchrun rank 0 does, and the others work for it. Answers the exit code."""
    return together(request, lambda shared: conduct(shared, reports, strict=strict, as_json=as_json))


def conduct(request: flow.Request, reports: Path, *, strict: bool, as_json: bool) -> int:
    """Plan, measure, judge, write the reports; answers the exit code."""
    plan = flow.plan(request)
    _tell_broken(plan)
    warn_of_crowding(request, plan)
    untaught: list[Entry] = []
    if request.recover and plan.trainings:
        untaught = _train(request, plan)
        plan = flow.plan(request)
    waiting = sum(len(cohort.trials) for cohort in plan.cohorts)
    terminal.say(f"{plan.suite.name}: {len(plan.entries)} trials, {waiting} to measure")
    entries = flow.latest(plan, [*untaught, *terminal.watch(flow.execute(request, plan), waiting)])
    account = flow.account(plan, entries, store=request.store)
    pages = _brought_up_to_date(whole(request) if request.select else account, reports)
    _summary(account)
    terminal.say(f"report: {pages[0]}")
    if as_json:
        terminal.data({"verdicts": verdicts(account), "failed": failures(account), "report": str(pages[0])})
    return exit_code(account, strict=strict)


def _brought_up_to_date(account: Account, reports: Path) -> list[Path]:
    """Write the report, unless it is there and nothing that it tells has changed."""
    pages = [reports / f"{account.suite.page}.{ending}" for ending in FILES.values()]
    of = made_of(account)
    if not is_current(of, pages):
        write(account, reports)
        remember(of, pages)
    return pages


def _train(request: flow.Request, plan: flow.Plan) -> list[Entry]:
    """Say what is ahead, then train; answers the trials that failed by it."""
    terminal.say(f"{plan.suite.name}: {_ahead(plan.forecast)}")
    return list(terminal.follow(flow.train(request, plan)))


def _ahead(expected: Forecast) -> str:
    return f"{expected.words} ({expected.images:,} images; {expected.ground})"


def whole(request: flow.Request) -> Account:
    """The account of the whole suite, of which a selection was measured just now."""
    laid = flow.plan(replace(request, select="", fresh=False))
    return flow.account(laid, laid.entries, store=request.store)


def exit_code(account: Account, *, strict: bool) -> int:
    """0, or the first that holds of 5 (a claim refuted, when strict) and 3 (something failed)."""
    if strict and refuted(account.verdicts):
        return REFUTED
    return INCOMPLETE if failures(account) else DONE


def write(account: Account, reports: Path) -> list[Path]:
    """Write the report in every format beside one another; the HTML page comes first."""
    pages = (reports / f"{account.suite.page}.{ending}" for ending in FILES.values())
    return [_saved(page, text, "--reports") for page, text in zip(pages, rendered(account, FILES), strict=True)]


def _saved(page: Path, text: str, option: str) -> Path:
    """Write a file and the folders above it. Raises Unwritable naming the option that chooses another place."""
    write_whole(page, text, durable=False, hint=f"free some space, or choose another place with {option}")
    return page


def plan(request: flow.Request, *, as_json: bool) -> None:
    """Print every trial and where it stands."""
    show_plan(request, flow.plan(request), as_json=as_json)


def show_plan(request: flow.Request, laid: flow.Plan, *, as_json: bool) -> None:
    """Print a plan of this request, or a part of one."""
    if as_json:
        trials = [_planned(entry, laid) for entry in laid.entries]
        terminal.data({"suite": laid.suite.name, "trials": trials, "training": asdict(laid.forecast)})
        return
    rows = [(*_place(entry), *_standing(entry)) for entry in laid.entries]
    terminal.table(laid.suite.title, ("scale", "probe", "variant", "standing", "why"), rows)
    standings = Counter(row[3] for row in rows)
    terminal.say(", ".join(f"{count} {name}" for name, count in standings.items()))
    if laid.cohorts:
        seconds = timetable.duration(laid.suite.budget, laid.cohorts)
        terminal.say(f"estimated time: about {time_in_words(seconds)}")
    if laid.forecast.trainings:
        before = "before that, " if request.recover else "with --recover, "
        terminal.say(f"{before}{_ahead(laid.forecast)}")


def _place(entry: Entry) -> tuple[str, str, str]:
    trial = entry.trial
    seed = f" (seed {trial.seed})" if trial.seed else ""
    return trial.scale.name, trial.probe.name, trial.variant.name + seed


def _planned(entry: Entry, laid: flow.Plan) -> dict[str, Any]:
    """A trial of a plan as plain data; its key is null where it cannot be measured as things are."""
    trial = entry.trial
    standing, why = _standing(entry)
    able = entry.outcome == flow.PENDING or not isinstance(entry.outcome, Skipped)
    place = {"scale": trial.scale.name, "probe": trial.probe.name, "variant": trial.variant.name, "seed": trial.seed}
    return {**place, "key": laid.keys.get(trial.identity) if able else None, "standing": standing, "why": why}


def report(request: flow.Request, form: str, output: Path | None, reports: Path, beside: Sequence[str] = ()) -> None:
    """Render a report from records; nothing is measured. The sets of records of these names stand `beside` its own."""
    laid = flow.recorded(request)
    _tell_broken(laid)
    account = flow.account(laid, laid.entries, store=request.store)
    if beside:
        from benchbench.beside import placed

        account = placed(account, beside, request.store)
        tell_beside(account.beside)
    if output is None and form != "html":
        import typer

        typer.echo(render(account, form))
        return
    page = output or reports / f"{laid.suite.page}.html"
    terminal.say(f"report: {_saved(page, render(account, form), '-o')}")


def tell_beside(sides: Sequence[Beside]) -> None:
    """Warn of records that are hardly what was meant to stand beside a report."""
    for side in sides:
        if side.warning:
            terminal.say(f"warning: {side.name}: {side.warning}")


def lint(request: flow.Request, *, as_json: bool) -> int:
    """Check a suite, count what can be counted, say what is impossible or does not add up; answers the exit code."""
    laid = flow.counted(request)
    events = flow.execute(request, laid)
    entries = flow.latest(laid, [event for event in events if not isinstance(event, Progress)])
    account = flow.account(laid, entries)
    complaints = [*account.complaints, *unbuilt(account)]
    if as_json:
        terminal.data([{**asdict(complaint), "place": str(complaint.place)} for complaint in complaints])
    else:
        for complaint in complaints:
            print(f"{complaint.severity}: {describe(complaint)}")
    told = terminal.counted(len(laid.suite.claims), "claim"), terminal.counted(len(complaints), "remark")
    terminal.say(f"{laid.suite.name}: {told[0]} read, {told[1]}")
    return INVALID if any(complaint.severity == "error" for complaint in complaints) else DONE


def unbuilt(account: Account) -> list[Complaint]:
    """Variants that cannot be built, each told once."""
    failed = {entry.trial.variant.name: entry for entry in account.entries if isinstance(entry.outcome, Failed)}
    return [
        Complaint(entry.trial.variant.place, f"variant '{name}' cannot be built: {entry.outcome.error}")
        for name, entry in failed.items()
        if isinstance(entry.outcome, Failed)
    ]


def gc(records: Path, *, dry: bool, everything: bool, as_json: bool) -> None:
    """Remove recovered weights that nothing needs any more, and print what went and how large it was."""
    own = flow.Request("", records=records).artifacts
    found = clean(Store(records), own, dry=dry, everything=everything, prepared=preparing.home())
    if as_json:
        terminal.data({"dry_run": dry, "removed": [asdict(each) for each in found]})
        return
    if not found:
        terminal.say(
            "nothing to remove: all recovered weights belong to records or shipped suites, all prepared images are used"
        )
        return
    rows = [(str(each.path), each.kind, f"{each.mib:.1f}") for each in found]
    terminal.table("", ("file", "what", "MiB"), rows)
    verb = "would be removed; nothing was" if dry else "removed"
    files = "1 file" if len(found) == 1 else f"{len(found)} files"
    terminal.say(f"{files} ({sum(each.mib for each in found):.1f} MiB) {verb}")


def doctor(records: Path, *, measured: bool = False, as_json: bool) -> None:
    """Print the machine, the libraries and what is at hand; where asked to, its limits are measured before."""
    if measured:
        terminal.say("measuring what this machine can do at most, which takes half a minute; leave it alone meanwhile")
        terminal.say(f"kept in {keep(calibrate(usable_cores()), records)}")
    found = checkup(records)
    if as_json:
        terminal.data(found)
        return
    for title, facts in found.items():
        terminal.table(title, ("", ""), [(str(key), str(value)) for key, value in facts.items()])


def schema() -> None:
    """Print the JSON Schema of suite files."""
    terminal.data(declare.schema(vocabulary()))


def init(table: Path, name: str, output: Path | None) -> None:
    """Write or print the start of a suite."""
    text = declare.init(table, vocabulary(), name=name)
    if output is None:
        import typer

        typer.echo(text)
        return
    if output.exists():
        raise BenchbenchError(f"{output} exists", "choose another file; nothing was written")
    terminal.say(f"suite: {_saved(output, text, '-o')}")


def verdicts(account: Account) -> list[dict[str, Any]]:
    """The verdicts as plain data."""
    return [
        {"claim": verdict.claim.id, "ruling": str(verdict.ruling), "reason": verdict.reason}
        for verdict in account.verdicts
    ]


def failures(account: Account) -> list[dict[str, str]]:
    """What failed, as plain data; of repeated trainings each."""
    told = {entry.trial.identity: entry for entry in (*account.entries, *account.repeats)}
    failed = [(entry.trial.label, entry.outcome) for entry in told.values() if isinstance(entry.outcome, Failed)]
    return [{"trial": label, "error": outcome.error} for label, outcome in failed]


def _standing(entry: Entry) -> tuple[str, str]:
    if isinstance(entry.outcome, Measured):
        return "recorded", "" if entry.record is None else entry.record.at
    if isinstance(entry.outcome, Failed):
        return "to retry", entry.outcome.error
    if entry.outcome == flow.PENDING:
        return "to measure", ""
    if entry.outcome == TO_TRAIN:
        return "to train", ""
    return "skipped", f"{entry.outcome.reason}; {entry.outcome.remedy}"


def _summary(account: Account) -> None:
    counts = Counter(str(verdict.ruling) for verdict in account.verdicts)
    if counts:
        terminal.say("claims: " + ", ".join(f"{count} {ruling}" for ruling, count in counts.most_common()))
    skipped = Counter(
        (entry.outcome.reason, entry.outcome.remedy) for entry in account.entries if isinstance(entry.outcome, Skipped)
    )
    for (reason, remedy), count in skipped.most_common():
        terminal.say(f"skipped {count}: {reason} → {remedy}")
    for failed in failures(account):
        terminal.say(f"failed: {failed['trial']}: {failed['error']}")


def _tell_broken(laid: flow.Plan) -> None:
    for complaint in laid.broken:
        terminal.say(f"warning: {describe(complaint)}")
