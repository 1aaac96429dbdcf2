"""Markdown for GitHub: a step summary, and the body of a comment that the next run finds again and replaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from benchbench.report.ci.cases import Case, Outcomes, Standing
from benchbench.report.ci.escaping import markdown

SUMMARY_BYTES = 2**20
"""The largest summary of a step that GitHub shows; a larger one is an error and shows nothing."""
COMMENT_BYTES = 65_536
"""The largest comment, which GitHub counts in characters: never more than bytes."""
LONGEST_NAME = 200
TITLES = {Standing.BROKEN: "Failed", Standing.FAILED: "Refuted or regressed", Standing.SKIPPED: "Not decided"}
OPEN = (Standing.BROKEN, Standing.FAILED)
HEAD = ("| what | outcome | why |", "|---|---|---|")


def summary(outcomes: Outcomes) -> str:
    """At most 1 MiB: what failed stands first, what was left out is counted."""
    return "\n".join(_fitting(outcomes, SUMMARY_BYTES)) + "\n"


def comment(outcomes: Outcomes) -> str:
    """A comment's body; its first line, which nobody sees, is `marker`."""
    hidden = marker(outcomes.name)
    return "\n".join((hidden, *_fitting(outcomes, COMMENT_BYTES - len(hidden) - 1))) + "\n"


def marker(name: str) -> str:
    """The hidden line by which a comment on this suite or comparison is found again."""
    return f"<!-- benchbench: {'-'.join(re.findall('[a-z0-9]+', name.lower()))[:LONGEST_NAME]} -->"


def _fitting(outcomes: Outcomes, most: int) -> Iterator[str]:
    """As many rows as fit, the graver ones first; sections without rows are not there."""
    head = list(_head(outcomes))
    tables = [(standing, outcomes.having(standing)) for standing in Standing]
    frames = sum(len(line.encode()) + 1 for standing, _ in tables for line in _frame(standing, 10**6))
    room = most - frames - sum(len(line.encode()) + 1 for line in head) - 200
    shown = 0
    yield from head
    for standing, cases in tables:
        kept = []
        for row in map(_row, cases):
            room -= len(row.encode()) + 1
            if room < 0:
                break
            kept.append(row)
        shown += len(kept)
        if kept:
            *above, below = _frame(standing, len(cases))
            yield from (*above, *kept, below)
    left_out = len(outcomes.cases) - shown
    if left_out:
        yield f"\n**{left_out} of {len(outcomes.cases)} rows are left out**: GitHub shows no more than this here."


def _head(outcomes: Outcomes) -> Iterator[str]:
    yield from (f"## {markdown(outcomes.title, LONGEST_NAME)}", "")
    counts = Counter(case.word for case in outcomes.cases)
    yield " · ".join(f"**{count}** {markdown(word, LONGEST_NAME)}" for word, count in counts.most_common()) or "nothing"
    yield from (f"\n{markdown(note)}" for note in outcomes.notes[:20])


def _frame(standing: Standing, rows: int) -> tuple[str, ...]:
    """The lines around a table; what needs no attention is folded away."""
    if standing in OPEN:
        return "", f"### {TITLES[standing]}", "", *HEAD, ""
    title = TITLES.get(standing, "Fine")
    return "", f"<details><summary>{title}: {rows}</summary>", "", *HEAD, "\n</details>"


def _row(case: Case) -> str:
    what = markdown(f"{case.group}: {case.name}", 2 * LONGEST_NAME)
    return f"| {what} | {markdown(case.word, LONGEST_NAME)} | {markdown(case.reason)} |"
