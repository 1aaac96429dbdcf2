"""What was reported against what was measured, one figure for each kind of number and scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchbench.report.account import Account
from benchbench.report.figures.figure import Figure, Row
from benchbench.report.figures.records import keys, measuring_use
from benchbench.report.findings import decisive
from benchbench.report.numbers import SPACE, raised
from benchbench.report.plots import Dot
from benchbench.report.reported import reported_plots
from benchbench.types import Verdict

CAPTION = (
    f"On the dashed line the measurement is what was reported; bars are 95{SPACE}% intervals. Of a claim that can be "
    "read in several ways the reading that its verdict rests on."
)


def reported(account: Account) -> Iterator[Figure]:
    """Of every panel that the report draws."""
    verdicts = {verdict.claim.id: verdict for verdict in account.verdicts}
    for plot in reported_plots(account):
        for panel in plot.panels:
            unit = panel.x.partition(", ")[2]
            rows = tuple(_row(account, verdicts[dot.label], dot, unit) for dot in panel.dots)
            shown = replace(panel, x=raised(panel.x), y=raised(panel.y))
            title = f"Reported against measured: {panel.title[:1].lower()}{panel.title[1:]}"
            yield Figure(panel.name.rstrip("-"), title, CAPTION, rows, (shown,))


def _row(account: Account, verdict: Verdict, dot: Dot, unit: str) -> Row:
    claim = verdict.claim
    numbers = tuple(each for each in verdict.findings if each.reading.range and each.estimate)
    found = decisive(replace(verdict, findings=numbers))
    reading = found.reading if found else None
    variant = reading.variant if reading else ""
    scale = next((each for each in account.suite.scales if each.name == claim.scale), None)
    use = measuring_use(account, scale, variant, reading.metric) if scale and reading else None
    return Row(
        variant,
        claim.id,
        x=dot.x,
        x_unit=unit,
        y=dot.y,
        y_low=dot.low,
        y_high=dot.high,
        y_unit=unit,
        scale=claim.scale,
        y_record=keys(account, scale, use, variant) if scale else "",
    )
