"""A grid as LaTeX: booktabs rules, siunitx columns, footnotes under the table, the records beside each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchbench.report.numbers import unbroken
from benchbench.report.paper.columns import Column
from benchbench.report.paper.escaping import aside, lacks, remark, safe
from benchbench.report.paper.figures import Figure, ascii_number
from benchbench.report.paper.footnotes import Footnotes, all_notes
from benchbench.report.paper.forms import GAP, Form
from benchbench.report.paper.grids import Grid

SIGNATURE = (
    r"\providecommand{\bbsignature}[1]{{\scriptsize #1}}"
    "% where and when it was measured, at the end of a caption\n"
)
PREAMBLE = (
    r"""% Put \usepackage{booktabs,siunitx} (siunitx 3) before \begin{document}, then \input this file.
\providecommand{\bbcut}{\penalty500\relax}% a place to break a long word
\providecommand{\bbhead}[1]{\begin{tabular}[b]{@{}l@{}}#1\end{tabular}}% a heading of several lines
\providecommand{\bbsecond}[1]{\llap{\underline{\phantom{\num{#1}}}}}% the line under the second best
\providecommand{\bbinterval}[1]{\textsubscript{#1}}% how an interval stands behind its number
\providecommand{\bbstars}[1]{\raisebox{.2ex}{\tiny #1}}% stars beside a number, no higher than its own line
"""
    + SIGNATURE
)
SETUP = (
    r"\sisetup{reset-text-series=false,text-series-to-math=true,table-align-text-after=false,"
    r"retain-explicit-plus=true,group-digits=integer,"
    r"group-separator={,},group-minimum-digits=5}%"
)
CUT_NOTE = r"[\ldots] stands for characters that pdfLaTeX's fonts lack."


@dataclass(frozen=True)
class Caption:
    """`short` is for a list of tables; `labels` are what the paper refers to.

    `first` is the label of the float under which the notes stand, where it is another.
    """

    short: str
    text: str
    signature: str
    labels: tuple[str, ...]
    first: str = ""


def table(grid: Grid, form: Form, caption: Caption) -> str:
    """The float. Its text holds what escaping lets through, and the commands of this module."""
    footnotes = Footnotes(all_notes(grid.columns, (each for marks in grid.marks for each in marks)))
    strands = [grid.rows(range(each.start, each.stop)) for each in form.strands(grid)]
    stub = form.stub(grid, len(strands))
    bodies = ["\n".join(_tabular(strand, form, stub, footnotes, len(strands) > 1)) for strand in strands]
    notes = grid.more if caption.first else grid.notes
    shown = [*grid.labels, *grid.headings, *footnotes.texts, *notes, caption.text, caption.signature]
    shown += [column.title for column in grid.columns]
    signature = rf" \bbsignature{{{safe(caption.signature)}.}}" if caption.signature else ""
    return "\n".join(
        (
            *(f"% {aside(each)}" for each in grid.asides),
            *((f"% for want of room not shown: {aside(', '.join(grid.left))}",) if grid.left else ()),
            rf"\begin{{{form.environment}}}[tp]",
            rf"\centering\{form.command}\setlength{{\tabcolsep}}{{{form.separation}pt}}%",
            SETUP,
            rf"\caption[{{{safe(caption.short)}}}]{{\raggedright {safe(caption.text)}.{signature}}}%",
            *(rf"\label{{{remark(label)}}}%" for label in caption.labels),
            r"\par\smallskip",
            f"\\hspace{{{GAP:g}pt}}%\n".join(bodies),
            *_under(footnotes, notes, _last(caption, any(map(lacks, shown)))),
            rf"\end{{{form.environment}}}",
            "",
        )
    )


def _tabular(grid: Grid, form: Form, stub: float, footnotes: Footnotes, is_strand: bool) -> Iterator[str]:
    yield rf"\begin{{tabular}}{'[t]' if is_strand else ''}{{{_columns(grid, stub)}}}"
    yield from _head(grid, form, footnotes)
    yield from _rows(grid, form, stub, footnotes)
    yield r"\end{tabular}"


def _columns(grid: Grid, stub: float) -> str:
    numbers = (f"S[table-format={number_format(column.figures)}]@{{}}l" for column in grid.columns)
    return rf"@{{}}>{{\raggedright\arraybackslash}}p{{{stub:.1f}pt}}{''.join(numbers)}@{{}}"


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
    return rf"\bbhead{{{broken}{_raised(footnotes.marks(column.notes))}}}"


def _rows(grid: Grid, form: Form, stub: float, footnotes: Footnotes) -> Iterator[str]:
    """Each after a comment that names the records of its numbers; a heading over rows that belong together."""
    span, over = 1 + 2 * len(grid.columns), form.over(grid, stub)
    for place, label in enumerate(grid.labels):
        if heading := grid.headings[place] if grid.headings else "":
            yield from ((r"\addlinespace",) if place else ())
            yield rf"\multicolumn{{{span}}}{{@{{}}p{{{over:.1f}pt}}@{{}}}}{{\raggedright\itshape {safe(heading)}}} \\"
        figures = [column.figures[place] for column in grid.columns]
        yield from (f"% {aside(each)}" for each in _asides(grid, figures, footnotes))
        yield f"% {' '.join(dict.fromkeys(remark(each.key) for each in figures if each.key))}"
        marks = _raised(footnotes.marks(grid.marks[place])) if grid.marks else ""
        yield " & ".join((safe(label) + marks, *(_figure(each, footnotes) for each in figures))) + r" \\"
    yield r"\bottomrule"


def _asides(grid: Grid, figures: Iterable[Figure], footnotes: Footnotes) -> Iterator[str]:
    """What is said of a row's numbers nowhere else: remarks of the probes, and notes that got no letter."""
    for column, figure in zip(grid.columns, figures, strict=True):
        told = (*figure.asides, *(note for note in figure.notes if not footnotes.mark(note)))
        if told:
            yield f"{column.name}: {'; '.join(told)}"


def _figure(figure: Figure, footnotes: Footnotes) -> str:
    """The two cells of a figure: the number, aligned; and what stands behind it."""
    stars = rf"\bbstars{{{'*' * figure.stars}}}" if figure.stars else ""
    behind = rf"\,{safe(figure.unit)}" if figure.unit else ""
    tail = stars + _interval(figure.interval) + behind + _raised(footnotes.marks(figure.notes))
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


def _last(caption: Caption, is_cut: bool) -> Iterator[str]:
    if caption.first:
        yield rf"Marks are those of Table~\ref{{{remark(caption.first)}}}."
    if is_cut:
        yield CUT_NOTE


def _under(footnotes: Footnotes, notes: tuple[str, ...], last: Iterable[str]) -> Iterator[str]:
    """The footnotes in one paragraph, the notes in another."""
    lettered = [rf"\textsuperscript{{{mark}}}\,{safe(text)}" for mark, text in footnotes.lettered()]
    told = [*(safe(unbroken(note)) for note in notes), *last]
    if not (lettered or told):
        return
    yield r"\par\smallskip"
    yield r"\begin{minipage}{\linewidth}\scriptsize\raggedright"
    yield from (("\\quad\n".join(lettered) + r"\par",) if lettered else ())
    yield from (("\n".join(told) + r"\par",) if told else ())
    yield r"\end{minipage}"
