"""Runs side by side: the numbers of other sets of records beside the report's own, and what changed from each.

What a change is worth was judged before; here it becomes text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchbench.report.account import Account
from benchbench.report.changed import SAME, effect_parts, threshold_text
from benchbench.report.comparison import Footnotes
from benchbench.report.conditions import condition_text
from benchbench.report.numbers import NONE, Style, metric_style, parts, raised
from benchbench.report.signature import digest
from benchbench.report.values import estimate_of, finite, headlines, measurement, why_missing
from benchbench.types import STATUS, Cell, Change, Entry, Failed, Judgement, Measured, Metric, Scale, Table, Variant
from benchbench.types.compared import Beside

CURRENT = "Current records"
SYMBOLS = {
    Judgement.REGRESSION: "✗",
    Judgement.IMPROVEMENT: "✓",
    Judgement.EQUIVALENT: "=",
    Judgement.SUSPICIOUS: "?",
    Judgement.INCONCLUSIVE: "~",
    Judgement.INSUFFICIENT_DATA: "○",
    Judgement.NOT_COMPARABLE: "≠",
    Judgement.FAILED: "⊘",
}
TONES = {
    Judgement.REGRESSION: "fails",
    Judgement.FAILED: "fails",
    Judgement.IMPROVEMENT: "holds",
    Judgement.SUSPICIOUS: "open",
}
"""Of what wants to be looked at; whatever else a change is judged goes without a colour."""
GRAVITY = tuple(TONES)
"""Rows of these stand first, in this order."""
QUIET = (Judgement.EQUIVALENT, Judgement.INCONCLUSIVE)
"""What the word alone explains."""
SIDES = ("Run", "Newest record", "Machine", "Environment", "Trials", "From there to the current records")
MOST_NAMED = 6


@dataclass(frozen=True)
class Line:
    """One metric of one trial, of which a run beside the current one or that itself has something."""

    entry: Entry
    metric: Metric
    heading: str

    @property
    def variant(self) -> Variant:
        return self.entry.trial.variant

    @property
    def identity(self) -> str:
        return self.entry.trial.identity

    def change(self, side: Beside) -> Change | None:
        return side.change(self.identity, self.metric.name)


def beside_tables(account: Account) -> tuple[Table, ...]:
    """One of the runs, and one for each scale; none where nothing stands beside."""
    if not account.beside:
        return ()
    return (_runs(account), *(_table(account, scale) for scale in account.suite.scales))


def lines(account: Account, scale: Scale) -> Iterator[Line]:
    """Variant by variant the metrics that head columns, of which anything was measured or failed."""
    uses = account.uses(scale)
    columns = [(use, account.metric(name)) for use in uses for name in headlines(account, use)]
    for variant in account.variants(scale):
        for use, metric in columns:
            entry = account.entry(scale, use, variant)
            if entry is None or not any(map(_is_told, (entry, *_there(account, entry)))):
                continue
            several = sum(other.name == use.name for other in uses) > 1
            words = [raised(metric.title), *([condition_text(use.condition)] if several else [])]
            yield Line(entry, metric, " · ".join(words))


def present(account: Account, scale: Scale) -> tuple[tuple[int, Beside], ...]:
    """The runs that have something of a scale, numbered from 1 as they stand in the account."""
    known = {entry.trial.identity for entry in account.at_scale(scale)}
    return tuple((number, side) for number, side in enumerate(account.beside, 1) if known & side.entries.keys())


def record_of(entry: Entry | None, number: int = 0) -> str:
    """The name of an entry's record on the page: its key, with the run's number where it is not a current one."""
    if entry is None or entry.record is None:
        return ""
    return f"{entry.record.key}@{number}" if number else entry.record.key


def limit_of(change: Change) -> str:
    """What is smaller does not matter, said; empty where everything does."""
    told = threshold_text(change)
    return f"threshold {told}" if told else ""


def _is_told(entry: Entry) -> bool:
    return isinstance(entry.outcome, Measured | Failed)


def _there(account: Account, entry: Entry) -> Iterator[Entry]:
    for side in account.beside:
        if entry.trial.identity in side.entries:
            yield side.entries[entry.trial.identity]


def _runs(account: Account) -> Table:
    """Each run in a row, the oldest first, the current one last."""
    rows = [_run(side.name, list(side.entries.values()), side) for side in account.beside]
    rows.append(_run(CURRENT, [entry for entry in account.entries if entry.record is not None], None))
    told = [(note, side.name) for side in account.beside for note in side.comparison.notes]
    notes = dict.fromkeys(note if note.startswith(name) else raised(note) for note, name in told)
    return Table("beside", "The runs", SIDES, tuple(rows), tuple(notes), align="llllrl")


def _run(name: str, entries: Sequence[Entry], side: Beside | None) -> tuple[Cell, ...]:
    records = [entry.record for entry in entries if entry.record is not None]
    machines = {str(record.environment.get("gpu") or record.environment.get("cpu", "unknown")) for record in records}
    return (
        Cell(name, tone="name"),
        Cell(max((record.at for record in records), default=NONE)),
        Cell(", ".join(sorted(machines)) or NONE),
        Cell(", ".join(sorted({digest(record.environment) for record in records})) or NONE, tone="code"),
        Cell(f"{len(entries):,}", sort=float(len(entries))),
        Cell(_counts(side) if side else NONE),
    )


def _counts(side: Beside) -> str:
    found = Counter(change.judgement for change in side.comparison.changes)
    told = [f"{found[each]:,} {each}{_several(each, found[each])}" for each in Judgement if found[each]]
    return "; ".join(filter(None, (side.warning, ", ".join(told) if side.entries else "")))


def _several(judgement: Judgement, count: int) -> str:
    return "s" if count > 1 and judgement in (Judgement.REGRESSION, Judgement.IMPROVEMENT) else ""


def _table(account: Account, scale: Scale) -> Table:
    sides, footnotes = present(account, scale), Footnotes()
    found = sorted(lines(account, scale), key=lambda line: _gravity(line, sides)) if sides else []
    rows = tuple(_row(account, line, sides, footnotes) for line in found)
    headings = tuple(side.name for _, side in sides)
    return Table(
        name=f"beside-{scale.name}",
        title=f"{scale.title} (scale “{scale.name}”)",
        columns=("Variant", "Metric", *headings, CURRENT, *(f"Since {name}" for name in headings)),
        rows=rows,
        notes=tuple(note for _, side in sides for note in _unlisted(scale, side, found)),
        footnotes=tuple(footnotes.texts),
        align="ll" + "r" * (2 * len(sides) + 1),
        groups=(("", 2), ("Values", len(sides) + 1), ("Change to the current records", len(sides))),
    )


def _gravity(line: Line, sides: Sequence[tuple[int, Beside]]) -> int:
    judgements = {change.judgement for _, side in sides if (change := line.change(side))}
    return min((rank for rank, each in enumerate(GRAVITY) if each in judgements), default=len(GRAVITY))


def _row(account: Account, line: Line, sides: Sequence[tuple[int, Beside]], footnotes: Footnotes) -> tuple[Cell, ...]:
    entries = [(number, side.entries.get(line.identity)) for number, side in sides]
    told = [estimate_of(entry, line.metric) for _, entry in (*entries, (0, line.entry))]
    style = metric_style(line.metric, max((abs(each.value) for each in told if each), default=0.0))
    unit = f", {style.unit}" if style.unit and style.unit != line.metric.title else ""
    return (
        Cell(line.variant.name, sort=float(account.place(line.variant)), tone="name", detail=line.variant.title),
        Cell(line.heading + unit),
        *(_value(entry, line.metric, style, record_of(entry, number)) for number, entry in entries),
        _value(line.entry, line.metric, style, record_of(line.entry)),
        *(_change(line.change(side), _relative(account, line), footnotes) for _, side in sides),
    )


def _value(entry: Entry | None, metric: Metric, style: Style, record: str) -> Cell:
    """A number with its interval, or why there is none."""
    if entry is None:
        return Cell(NONE, tone="skipped", detail="not recorded there")
    if isinstance(entry.outcome, Failed):
        return Cell("failed", tone="failed", detail=entry.outcome.error, record=record)
    if not isinstance(entry.outcome, Measured):
        return Cell(NONE, tone="skipped", detail=entry.outcome.reason)
    found = estimate_of(entry, metric)
    if found is None:
        return Cell(NONE, tone="skipped", detail=why_missing(entry, metric), record=record)
    number, interval = parts(found, style)
    shown = (Cell(interval, tone="interval"),) if interval else ()
    return Cell(number, sort=finite(found.value), tone="measured", detail=found.scope, lines=shown, record=record)


def _relative(account: Account, line: Line) -> str:
    """What a time is compared by, where that is not the number shown: its ratio to the reference of its own run."""
    found, reference = measurement(line.entry, line.metric.name), account.suite.reference
    is_paired = found is not None and "reference" in found.columns and line.variant.name != reference
    return f"relative to {reference}" if is_paired else ""


def _change(change: Change | None, relative: str, footnotes: Footnotes) -> Cell:
    """The change with its interval and judgement; of what cannot be compared only that, with what differs."""
    if change is None:
        return Cell(NONE, tone="skipped", detail="nothing to compare with")
    why = "; ".join(filter(None, (change.why, limit_of(change))))
    marks = () if change.judgement in QUIET or not why else (footnotes.mark(why),)
    number, interval = effect_parts(change)
    tone = TONES.get(change.judgement, "aside")
    if not number:
        words = (Cell(f"{SYMBOLS[change.judgement]} {change.judgement}", tone=tone),) if tone != "aside" else ()
        return Cell(NONE if words else str(change.judgement), tone="skipped", detail=why, lines=words, marks=marks)
    shown = tuple(Cell(text, tone=kind) for text, kind in ((interval, "interval"), (relative, "aside")) if text)
    told = (Cell(f"{SYMBOLS[change.judgement]} {change.judgement}", tone=tone),) if number != SAME else ()
    sort = finite(change.effect.value) if change.effect else None
    return Cell(number, sort=sort, tone="change", detail=why, lines=(*shown, *told), marks=marks)


def _unlisted(scale: Scale, side: Beside, shown: Sequence[Line]) -> Iterator[str]:
    """What got worse or better in metrics that have no row."""
    rows = {(line.identity, line.metric.name) for line in shown}
    rows |= {(line.identity, STATUS.name) for line in shown}
    for judgement in (Judgement.REGRESSION, Judgement.IMPROVEMENT):
        names = [
            f"{change.metric.name} of {change.variant}"
            for place, change in side.changes.items()
            if change.scale == scale.name and change.judgement is judgement and place not in rows
        ]
        if names:
            told = f"{len(names)} {judgement}{_several(judgement, len(names))} since {side.name}"
            first = ", ".join([*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])])
            yield f"{told} in metrics that have no row here ({first}): “benchbench compare” lists them."
