"""All figures of an account, in the order of its report."""

from __future__ import annotations

from benchbench.report.account import Account
from benchbench.report.figures.claims import reported
from benchbench.report.figures.figure import Figure
from benchbench.report.figures.layers import by_layer
from benchbench.report.figures.roofs import rooflines
from benchbench.report.figures.trade_offs import trade_offs
from benchbench.report.figures.trainings import trainings

KINDS = (trade_offs, by_layer, rooflines, trainings, reported)


def figures(account: Account) -> tuple[Figure, ...]:
    """Those that have something to show; none of them mixes two scales."""
    return tuple(figure for kind in KINDS for figure in kind(account) if figure.rows)
