"""The page: sections of finished tables and sentences in their order, whatever format writes them down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchbench.report.account import Account
from benchbench.report.charts import Chart, charts
from benchbench.report.comparison import comparisons
from benchbench.report.course_plots import course_plots
from benchbench.report.document import document_tables
from benchbench.report.layer_plots import layer_plots
from benchbench.report.ledger import ledger
from benchbench.report.method import legend, ways
from benchbench.report.pictures import Wall, lacking, walls
from benchbench.report.plots import Plot
from benchbench.report.recovery import recovery_tables
from benchbench.report.reported import reported_plots
from benchbench.report.rooflines import advice, roof_plots, roof_tables
from benchbench.report.rulings import badge, counts, tone
from benchbench.report.runs import runs
from benchbench.report.side_by_side import beside_tables
from benchbench.report.signature import environment, signature
from benchbench.report.strips import beside_plots
from benchbench.report.taken_apart import split_plots, split_tables
from benchbench.report.troubles import complaints, failed, skipped
from benchbench.types import Cell, Failed, Measured, Skipped, Table


@dataclass(frozen=True)
class Section:
    """A heading, what is said under it, and what is shown."""

    name: str
    title: str
    lede: str = ""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    paragraphs: tuple[Cell, ...] = ()
    plots: tuple[Plot, ...] = ()
    walls: tuple[Wall, ...] = ()


@dataclass(frozen=True)
class Page:
    """A whole report. `counts` holds one cell for each ruling that occurs: badge text, and in `sort` how many."""

    account: Account
    title: str
    summary: str
    counts: tuple[Cell, ...]
    sections: tuple[Section, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(table for section in self.sections for table in section.tables)


def page(account: Account) -> Page:
    """Decide everything a report says, in its order: a document without tables speaks through its claims first."""
    claims = Section("claims", "The claims", LEDGER, (ledger(account),), plots=reported_plots(account))
    tabled = bool(account.suite.document.tables)
    sections = (
        _document(account),
        *(() if tabled else (claims,)),
        _charts(account),
        Section("comparison", "Every variant", COMPARISON, comparisons(account)),
        Section("beside", "Runs side by side", BESIDE, beside_tables(account), plots=beside_plots(account)),
        Section("recovery", "Recovery training", RECOVERY, recovery_tables(account), plots=course_plots(account)),
        Section("layers", "Where time and computation go", LAYERS, plots=layer_plots(account)),
        _limits(account),
        Section("errors", "Which errors", ERRORS, split_tables(account), plots=split_plots(account)),
        _pictures(account),
        *((claims,) if tabled else ()),
        Section("lint", "What the claims say against themselves", LINT, (complaints(account),)),
        _unmeasured(account),
        Section("environment", "Where it was measured", signature(account), (environment(account), *runs(account))),
        Section("method", "How it was measured", "", (legend(account),), paragraphs=tuple(map(Cell, ways(account)))),
    )
    return Page(account, account.suite.title, summary(account), tally(account), tuple(filter(_is_filled, sections)))


COMPARISON = (
    "One table for each scale; scales are never mixed. Under a measured number stand its change against the reference, "
    "paired where it was timed, and what a source reports for it, a change or a value, as the source states it. Beside "
    "a score stands the difference to the reference over the same images, where the two were compared so."
)
BESIDE = (
    "Other sets of records beside the current ones, the oldest first: values with their 95 % intervals, and what "
    "changed from each to the current records with its 99 % interval, judged as “benchbench compare” judges it. What "
    "regressed or improved stands first. A time is compared by its ratio to the reference of its own run, and not at "
    "all with one of another machine."
)
RECOVERY = (
    "What each trained variant was given, and its accuracy before and after; before is the same model without the "
    "training. The control row tells what training alone gives the unchanged model."
)
LAYERS = (
    "Each layer of the reference and of a few variants, beside everything else in the model. A profile shows "
    "proportions; the times that claims are judged by are those of the whole call."
)
LIMITS = (
    "Why less computation is not faster in proportion: what a cut leaves alone keeps its time, and what is left of the "
    "rest may compute more slowly than before."
)
ERRORS = "Scores taken apart, by kind of error and by class: two variants of one score need not fail at the same."
PICTURES = "The same few samples as every variant saw them, beside the input and the truth."
LEDGER = (
    "Every claim with each reading that its words leave room for. A claim is reproduced as soon as one reading reaches "
    "it. Lines named “stand-in trend” show the small model's way and decide nothing."
)
LINT = "Found in the claims alone, by arithmetic and exact counts, before anything was measured."
DOCUMENT = (
    "The document's own rows, columns and strings. Under each cell stand the verdict, what was measured here and why "
    "it is ruled so."
)

OUTCOMES = {
    "holds": ("holds", "hold"),
    "changed": ("holds after a change", "hold after a change"),
    "fails": ("does not hold", "do not hold"),
    "open": ("stays open", "stay open"),
}
"""What one claim does, and what several do."""


def tally(account: Account) -> tuple[Cell, ...]:
    """How many claims came to which ruling, those that hold first."""
    found = sorted(counts(account.verdicts).items(), key=lambda item: list(OUTCOMES).index(tone(item[0])))
    return tuple(Cell(badge(ruling).text, sort=float(number), tone=badge(ruling).tone) for ruling, number in found)


def summary(account: Account) -> str:
    """One paragraph: how many claims came to what, what was measured, what is missing."""
    tones = [tone(verdict.ruling) for verdict in account.verdicts]
    found = [f"{(many := tones.count(name))} {words[many > 1]}" for name, words in OUTCOMES.items() if name in tones]
    judged = f"{_counted(len(tones), 'claim')} judged: {enumeration(found)}." if tones else "No claim was judged."
    return f"{judged} {_measured_text(account)}"


def _measured_text(account: Account) -> str:
    kinds = [type(entry.outcome) for entry in account.entries]
    scales = {entry.trial.scale.name for entry in account.entries if isinstance(entry.outcome, Measured)}
    variants = {entry.trial.variant.name for entry in account.entries if isinstance(entry.outcome, Measured)}
    text = f"{_counted(kinds.count(Measured), 'trial')} measured over {_counted(len(variants), 'variant')}"
    where = f" at {_counted(len(scales), 'scale')} ({', '.join(sorted(scales))})" if scales else ""
    left = (f"{kinds.count(Skipped)} not measured", f"{kinds.count(Failed)} failed")
    return f"{text}{where}; {', '.join(left)}."


def enumeration(parts: list[str]) -> str:
    """`a, b and c`."""
    return " and ".join(", ".join(parts).rsplit(", ", 1))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _document(account: Account) -> Section:
    document = account.suite.document
    source = ", ".join(part for part in (document.title, document.date) if part)
    tables = document_tables(account)
    words = (Cell(source, label="Source", link=document.link), Cell(document.notice, tone="notice"))
    paragraphs = tuple(cell for cell in words if cell.text)
    return Section("document", "What the document says", DOCUMENT if tables else "", tables, paragraphs=paragraphs)


def _charts(account: Account) -> Section:
    found = charts(account)
    drawn = tuple(chart for chart in found if chart.points)
    return Section("charts", "Cost and accuracy", "", (), drawn, tuple(_undrawn(found)))


def _undrawn(found: Iterable[Chart]) -> Iterator[Cell]:
    """Charts without points, those of one reason in one sentence."""
    titles: dict[str, list[str]] = {}
    for chart in found:
        if not chart.points:
            titles.setdefault(chart.reason, []).append(chart.title)
    for reason, names in titles.items():
        yield Cell(f"Not drawn, because {reason}: {'; '.join(names)}.", tone="aside")


def _limits(account: Account) -> Section:
    missing = tuple(Cell(words, tone="aside") for words in advice(account))
    return Section(
        "limits", "How fast it could be", LIMITS, roof_tables(account), paragraphs=missing, plots=roof_plots(account)
    )


def _pictures(account: Account) -> Section:
    missing = tuple(Cell(f"No pictures of {words}", tone="aside") for words in lacking(account))
    found = walls(account)
    return Section("pictures", "What was lost", PICTURES if found else "", paragraphs=missing, walls=found)


def _unmeasured(account: Account) -> Section:
    tables = tuple(table for table in (skipped(account), failed(account)) if table.rows)
    return Section("unmeasured", "Skipped and failed", "", tables)


def _is_filled(section: Section) -> bool:
    drawn = section.charts or section.paragraphs or section.plots or section.walls
    return any(table.rows for table in section.tables) or bool(drawn)
