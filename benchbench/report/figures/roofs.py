"""Rooflines: each model and each block of the reference under what the machine allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchbench.report.account import Account
from benchbench.report.figures.figure import Figure, Row
from benchbench.report.figures.records import keys, measuring_use, narrowed
from benchbench.report.plots import Panel
from benchbench.report.rooflines import roof_plots
from benchbench.types import Profile, Scale

X_UNIT, Y_UNIT = "multiply-adds per byte", "GMAC/s"
MARKS = "◆ reference, ● variants, ○ blocks of the reference."


def rooflines(account: Account) -> Iterator[Figure]:
    """Of each profile whose machine is known."""
    for scale in account.suite.scales:
        own = narrowed(account, scale)
        for profile in own.profiles:
            for plot in roof_plots(replace(own, profiles=(profile,))):
                rows = tuple(_rows(own, scale, profile, plot.panels[0]))
                panel = replace(plot.panels[0], x=f"Intensity, {X_UNIT}", y=f"Rate, {Y_UNIT}")
                yield Figure(plot.name, panel.title, plot.description, rows, (panel,))


def _rows(account: Account, scale: Scale, profile: Profile, panel: Panel) -> Iterator[Row]:
    """A row for each mark; a model's time may be that of its latency, a block's is of the profile."""
    own = [(load.name, "") for load in profile.models]
    own += [(profile.reference, load.name) for load in profile.blocks]
    for (variant, part), mark in zip(own, panel.marks, strict=True):
        found = keys(account, scale, profile.use, variant)
        timed = "" if part else keys(account, scale, measuring_use(account, scale, variant, "latency_ms"), variant)
        yield Row(
            variant,
            part,
            x=mark.x,
            x_unit=X_UNIT,
            y=mark.y,
            y_unit=Y_UNIT,
            scale=scale.name,
            x_record=found,
            y_record=f"{found} {timed}".strip(),
        )
