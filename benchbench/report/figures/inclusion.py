"""What a paper takes in with \\input: a float for each figure, with a caption and a label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchbench.report.account import Account
from benchbench.report.figures.figure import Figure
from benchbench.report.numbers import unbroken
from benchbench.report.paper.escaping import lacks, remark, safe
from benchbench.report.paper.setting import CUT_NOTE, SIGNATURE
from benchbench.report.signature import signature

PREAMBLE = (
    r"""% Put \usepackage{graphicx} and \graphicspath{{FOLDER/}} before \begin{document}, then \input this file.
\providecommand{\bbcut}{\penalty500\relax}% a place to break a long word
"""
    + SIGNATURE
)
ENVIRONMENTS = {1: "figure", 2: "figure*"}
LONGEST = 700
"""Characters of a caption before its signature."""


def inclusion(account: Account, named: Iterable[tuple[str, Figure]], columns: int, ending: str) -> str:
    """The floats of figures by the names of their files, which end so (`pdf`). Equal accounts give equal text.

    The signature stands under the first of them.
    """
    line = signature(account)
    numbered = enumerate(named)
    floats = (_float(*each, "" if place else line, columns, ending) for place, each in numbered)
    return "\n".join([PREAMBLE, *("\n".join(each) for each in floats)])


def _float(stem: str, figure: Figure, line: str, columns: int, ending: str) -> Iterator[str]:
    environment = ENVIRONMENTS[columns]
    words = f"{figure.title}. {figure.caption}".strip()
    told = unbroken(words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…")
    note = f" {CUT_NOTE}" if lacks(told + line) else ""
    records = dict.fromkeys(key for row in figure.rows for key in f"{row.x_record} {row.y_record}".split())
    yield rf"\begin{{{environment}}}[tp]"
    yield r"\centering"
    yield rf"\includegraphics[width=\linewidth]{{{stem}.{ending}}}%"
    signed = rf" \bbsignature{{{safe(line)}.}}" if line else ""
    yield rf"\caption[{{{safe(figure.title)}}}]{{\raggedright {safe(told)}{signed}{note}}}%"
    yield rf"\label{{fig:{remark(stem)}}}"
    yield rf"% {stem}.csv has the numbers of {len(records)} records"
    yield rf"\end{{{environment}}}"
    yield ""
