"""A change of a metric as text."""

from __future__ import annotations

from dataclasses import replace

from benchbench.report.numbers import PERCENT, Style, joined, metric_style, parts
from benchbench.types import Change

SAME = "same"


def effect_style(change: Change) -> Style:
    """Per cent of what may be divided; else the metric's own unit with a digit more, since thresholds are small."""
    if change.kind in ("time", "exact"):
        return PERCENT
    style = metric_style(change.metric, change.effect.value if change.effect else 0.0)
    return replace(style, signed=True, decimals=style.decimals + 1)


def effect_parts(change: Change) -> tuple[str, str]:
    """A change with its unit, and its interval; empty where there is none."""
    if change.effect is None:
        return "", ""
    if change.effect.exact and not change.effect.value:
        return SAME, ""
    style = effect_style(change)
    number, interval = parts(change.effect, style)
    return joined(number, style.unit), interval


def threshold_text(change: Change) -> str:
    """What is smaller does not matter; empty where everything does."""
    style = effect_style(change)
    return joined(f"{change.threshold * style.factor:.3g}", style.unit) if change.threshold else ""
