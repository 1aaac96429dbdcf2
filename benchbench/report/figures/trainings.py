"""How variants were trained: losses, one figure for each kind of training, and how far the weights moved."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.course_plots import course_plots
from benchbench.report.figures.figure import Figure, Row
from benchbench.report.figures.records import narrowed, trained_keys
from benchbench.report.plots import Panel, Plot
from benchbench.types import Entry, Scale

MOST_PANELS = 8
"""In one figure; more go into another."""
ALONE = "One line for each seed; panels share their axis of losses."


def trainings(account: Account) -> Iterator[Figure]:
    """Of every scale with trainings."""
    for scale in account.suite.scales:
        own = narrowed(account, scale)
        for plot in course_plots(own):
            yield from (_losses if plot.panels[0].lines else _updates)(own, scale, plot)


def _losses(account: Account, scale: Scale, plot: Plot) -> Iterator[Figure]:
    kinds: dict[str, list[Panel]] = {}
    for panel in plot.panels:
        kinds.setdefault(panel.y, []).append(panel)
    for kind, panels in kinds.items():
        parts = [tuple(panels[start : start + MOST_PANELS]) for start in range(0, len(panels), MOST_PANELS)]
        for place, part in enumerate(parts):
            rows = tuple(row for panel in part for row in _points(account, scale, panel))
            of = f" ({place + 1} of {len(parts)})" if len(parts) > 1 else ""
            name = f"{plot.name}-{kind.rpartition(' ')[2]}" + (f"-{place + 1}" if place else "")
            yield Figure(name, f"L{kind[1:]} during training, scale “{scale.name}”{of}", ALONE, rows, part)


def _points(account: Account, scale: Scale, panel: Panel) -> Iterator[Row]:
    entries = _told(account, scale, panel.title)
    for line in panel.lines:
        seed = line.label.rpartition(" ")[2]
        record = trained_keys(entries, int(seed)) if seed.isdecimal() else ""
        for x, y in line.points:
            row = Row(panel.title, line.label, x=x, x_unit="steps", y=y, y_unit=panel.y)
            yield Row(**{**vars(row), "scale": scale.name, "y_record": record})


def _updates(account: Account, scale: Scale, plot: Plot) -> Iterator[Figure]:
    rows = tuple(
        Row(
            panel.title,
            bar.label,
            y=100 * bar.values[0],
            y_unit="%",
            scale=scale.name,
            y_record=trained_keys(_told(account, scale, panel.title)),
        )
        for panel in plot.panels
        for bar in panel.bars
        if bar.values[0] is not None
    )
    words = (
        "|change| / |start| of the weights of each block over the last training, mean over the seeds; blank where a "
        "variant has no such block."
    )
    yield Figure(plot.name, plot.title, words, rows, plot.panels)


def _told(account: Account, scale: Scale, name: str) -> tuple[Entry, ...]:
    found = (variant for variant in account.variants(scale) if variant.name == name)
    return tuple(entry for variant in found for entry in account.told(scale, variant))
