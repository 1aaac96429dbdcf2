"""Where time and computation go, layer by layer: one figure for each metric."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.figures.figure import Figure, Row
from benchbench.report.figures.records import keys, narrowed
from benchbench.report.layer_plots import layer_plots
from benchbench.report.plots import Panel, Plot
from benchbench.types import ProbeUse, Scale

ELSEWHERE = "; the data hold all"
"""Said of a page whose data hold what it does not draw: a figure's hold what is drawn."""


def by_layer(account: Account) -> Iterator[Figure]:
    """Of each profile over layers that the report draws."""
    for scale in account.suite.scales:
        for use in account.uses(scale):
            own = narrowed(account, scale, use)
            for plot in layer_plots(own):
                yield from (_figure(own, scale, use, plot, panel) for panel in plot.panels if panel.bars)


def _figure(account: Account, scale: Scale, use: ProbeUse, plot: Plot, panel: Panel) -> Figure:
    records = {name: keys(account, scale, use, name) for name in plot.series}
    rows = tuple(
        Row(
            variant,
            f"{bar.group}.{bar.label}" if bar.group else bar.label,
            y=value,
            y_unit=panel.y,
            scale=scale.name,
            y_record=records[variant],
        )
        for bar in panel.bars
        for variant, value in zip(plot.series, bar.values, strict=True)
        if value is not None
    )
    batch = use.condition.batch
    name = f"layers-{panel.name}" + (f"-batch-{batch}" if batch > 1 else "")
    title = f"{panel.title}, scale “{scale.name}”"
    words = f"{panel.description} {plot.description.replace(ELSEWHERE, '')}".strip()
    return Figure(name, title, words, rows, (panel,), plot.series)
