"""A grid as LaTeX: booktabs rules, siunitx columns, footnotes under the table, the records beside each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchbench.report.numbers import unbroken
from benchbench.report.paper.escaping import lacks, remark, safe
from benchbench.report.paper.figures import Figure, ascii_number
from benchbench.report.paper.forms import Form
from benchbench.report.paper.grids import Column, Grid, shortened

PREAMBLE = r"""% Put \usepackage{booktabs,siunitx} (siunitx 3) before \begin{document}, then \input this file.
\providecommand{\bbcut}{\penalty500\relax}% a place to break a long word
\providecommand{\bbhead}[1]{\begin{tabular}[b]{@{}l@{}}#1\end{tabular}}% a heading of several lines
\providecommand{\bbsecond}[1]{\llap{\underline{\phantom{\num{#1}}}}}% the line under the second best
\providecommand{\bbinterval}[1]{\textsubscript{#1}}% how an interval stands behind its number
"""
SETUP = (
    r"\sisetup{reset-text-series=false,text-series-to-math=true,table-align-text-after=false,"
    r"retain-explicit-plus=true,group-separator={,},group-minimum-digits=5}%"
)
CUT_NOTE = r"[\ldots] stands for characters that pdfLaTeX's fonts lack."


@dataclass
class Footnotes:
    """Lettered as they are first used; equal ones once."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        if text not in self.texts:
            self.texts.append(text)
        return letter(self.texts.index(text))


@dataclass(frozen=True)
class Caption:
    """`short` is for a list of tables; `label` is what the paper refers to."""

    short: str
    text: str
    label: str


def letter(place: int) -> str:
    """a to z, then aa, ab and so on."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("a") + place % 26)


def table(grid: Grid, form: Form, caption: Caption) -> str:
    """The float. Its text holds what escaping lets through, and the commands of this module."""
    footnotes = Footnotes()
    body = [*_head(grid, form, footnotes), *_rows(grid, form, footnotes)]
    shown = [*grid.labels, *grid.headings, *footnotes.texts, *grid.notes, caption.text]
    shown += [column.title for column in grid.columns]
    return "\n".join(
        (
            rf"\begin{{{form.environment}}}[tp]",
            rf"\centering\{form.command}\setlength{{\tabcolsep}}{{{form.separation}pt}}%",
            SETUP,
            rf"\caption[{{{safe(caption.short)}}}]{{\raggedright {safe(caption.text)}}}%",
            rf"\label{{{remark(caption.label)}}}",
            r"\par\smallskip",
            rf"\begin{{tabular}}{{{_columns(grid, form)}}}",
            *body,
            r"\end{tabular}",
            *_under(footnotes, grid.notes, any(map(lacks, shown))),
            rf"\end{{{form.environment}}}",
            "",
        )
    )


def _columns(grid: Grid, form: Form) -> str:
    numbers = (f"S[table-format={number_format(column.figures)}]@{{}}l" for column in grid.columns)
    return rf"@{{}}>{{\raggedright\arraybackslash}}p{{{form.stub}pt}}{''.join(numbers)}@{{}}"


def number_format(figures: Iterable[Figure]) -> str:
    """siunitx's table-format that has room for every number of a column: `+3.2`."""
    numbers = [ascii_number(figure.number) for figure in figures if figure.number and not figure.is_apart]
    sign = "+" if any(number[:1] in "+-" for number in numbers) else ""
    parts = [number.lstrip("+-").partition(".") for number in numbers] or [("1", "", "")]
    whole, decimals = (max(len(part[place]) for part in parts) for place in (0, 2))
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def _head(grid: Grid, form: Form, footnotes: Footnotes) -> Iterator[str]:
    heads = [rf"\multicolumn{{2}}{{l}}{{{_heading(column, form, footnotes)}}}" for column in grid.columns]
    yield r"\toprule"
    yield " & ".join((safe(grid.stub), *heads)) + r" \\"
    yield r"\midrule"


def _heading(column: Column, form: Form, footnotes: Footnotes) -> str:
    broken = r"\\{}".join(map(safe, form.heading(column.title)))
    return rf"\bbhead{{{broken}{_raised(map(footnotes.mark, column.notes))}}}"


def _rows(grid: Grid, form: Form, footnotes: Footnotes) -> Iterator[str]:
    """Each after a comment that names the records of its numbers; a heading over rows that belong together."""
    span = 1 + 2 * len(grid.columns)
    for place, label in enumerate(grid.labels):
        if heading := grid.headings[place] if grid.headings else "":
            yield from ((r"\addlinespace",) if place else ())
            yield rf"\multicolumn{{{span}}}{{@{{}}p{{{form.whole}pt}}@{{}}}}{{\raggedright\itshape {safe(heading)}}} \\"
        figures = [column.figures[place] for column in grid.columns]
        yield f"% {' '.join(dict.fromkeys(remark(each.key) for each in figures if each.key))}"
        yield " & ".join((safe(label), *(_figure(each, footnotes) for each in figures))) + r" \\"
    yield r"\bottomrule"


def _figure(figure: Figure, footnotes: Footnotes) -> str:
    """The two cells of a figure: the number, aligned; and what stands behind it."""
    stars = "*" * figure.stars
    behind = rf"\,{safe(figure.unit)}" if figure.unit else ""
    tail = _interval(figure.interval) + behind + _raised([stars, *map(footnotes.mark, figure.notes)])
    if figure.words:
        return rf"{{{safe(figure.words)}}} & {tail}"
    if not figure.number:
        return "& "
    number = ascii_number(figure.number)
    before = r"\bfseries " if figure.rank == "best" else ""
    line = rf"\bbsecond{{{number}}}" if figure.rank == "second" else ""
    if figure.is_apart:
        return rf"\multicolumn{{2}}{{l}}{{{{{before}\num{{{number}}}}}{line}{tail}}}"
    return f"{before}{number} {{{line}}} & {tail}" if line else f"{before}{number} & {tail}"


def _interval(text: str) -> str:
    if not text:
        return ""
    if text.startswith("±"):
        return rf"\bbinterval{{\(\pm\)\num{{{ascii_number(text[1:].strip())}}}}}"
    limits = ", ".join(rf"\num{{{ascii_number(limit)}}}" for limit in text.strip("[]").split(", "))
    return rf"\bbinterval{{[{limits}]}}"


def _raised(marks: Iterable[str]) -> str:
    joined = ",".join(filter(None, marks))
    return rf"\textsuperscript{{{joined}}}" if joined else ""


def _under(footnotes: Footnotes, notes: tuple[str, ...], is_cut: bool) -> Iterator[str]:
    if not (footnotes.texts or notes or is_cut):
        return
    yield r"\par\smallskip"
    yield r"\begin{minipage}{\linewidth}\scriptsize\raggedright"
    for place, text in enumerate(footnotes.texts):
        yield rf"\textsuperscript{{{letter(place)}}}~{safe(shortened(unbroken(text)))}\par"
    for note in notes:
        yield rf"{safe(shortened(unbroken(note)))}\par"
    if is_cut:
        yield rf"{CUT_NOTE}\par"
    yield r"\end{minipage}"
