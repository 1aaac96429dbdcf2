"""Changes as small drawings: one panel for each headline metric and run beside, one line for each variant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from benchbench.report.account import Account
from benchbench.report.changed import effect_parts
from benchbench.report.numbers import metric_style
from benchbench.report.plots import Panel, Plot, Strip
from benchbench.report.side_by_side import GRAVITY, TONES, Line, limit_of, lines, present
from benchbench.types import Change, Estimate, Metric, Scale
from benchbench.types.compared import Beside

DESCRIPTION = (
    "What changed from a run to the current records, where the two may be compared: for each variant a mark with its "
    "99 % interval, over the band within which a change does not matter. × is a regression, ● an improvement, ○ "
    "suspicious, a small dot anything else; a bar without a stroke at its end goes on. Panels of one metric have one "
    "axis. Variants of which not one number differs are left out."
)
MOST = 40
"""Lines of a panel; the gravest and largest of more."""
DIRECTIONS = {"lower": "← better", "higher": "better →", "neither": ""}


@dataclass(frozen=True)
class Drawn:
    """A change that can be drawn, in its panel's unit: what its numbers are multiplied by, and what it is called."""

    variant: str
    change: Change
    effect: Estimate
    factor: float
    unit: str

    @property
    def band(self) -> tuple[float, float]:
        """Where a change does not matter; of a share as far as its inverse downwards."""
        most = self.change.threshold
        least = -most / (1 + most) if self.is_share else -most
        return least * self.factor, most * self.factor

    @property
    def is_share(self) -> bool:
        return self.change.kind in ("time", "exact")

    @property
    def limits(self) -> tuple[float, float]:
        return self.effect.low * self.factor, self.effect.high * self.factor

    @property
    def value(self) -> float:
        return self.effect.value * self.factor


def beside_plots(account: Account) -> tuple[Plot, ...]:
    """One plot for each scale at which anything that is not counted can be compared."""
    found = ((scale, _scale_panels(account, scale)) for scale in account.suite.scales if account.beside)
    drawn = [(scale, panels) for scale, panels in found if panels]
    return tuple(
        Plot(
            f"beside-{scale.name}",
            f"Changes, scale “{scale.name}”",
            "Drawn as above." if place else DESCRIPTION,
            panels,
        )
        for place, (scale, panels) in enumerate(drawn)
    )


def _scale_panels(account: Account, scale: Scale) -> tuple[Panel, ...]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines(account, scale):
        if not line.metric.exact:
            use = line.entry.trial.probe
            groups.setdefault((line.metric.name, f"{use.name} {line.heading} {use.settings}"), []).append(line)
    sides = present(account, scale)
    return tuple(
        panel for place, group in enumerate(groups.values()) for panel in _panels(scale, f"{place}", group, sides)
    )


def _panels(scale: Scale, name: str, group: Sequence[Line], sides: Sequence[tuple[int, Beside]]) -> Iterator[Panel]:
    """One for each run from which this metric changed, over one axis."""
    drawn = {number: list(_drawn(group, side)) for number, side in sides}
    if not any(drawn.values()):
        return
    end = _extent([each for some in drawn.values() for each in some])
    order = {line.variant.name: place for place, line in enumerate(group)}
    for number, side in sides:
        gravest = sorted(drawn[number], key=_gravity)[:MOST]
        kept = sorted(gravest, key=lambda each: order[each.variant])
        if kept:
            left = len(drawn[number]) - len(kept)
            yield _panel(f"beside-{scale.name}-{name}-{number}", group[0], side, kept, end, left)


def _drawn(group: Sequence[Line], side: Beside) -> Iterator[Drawn]:
    """The changes that have limits: what is the same on both sides has none."""
    for line in group:
        change = line.change(side)
        if change is None or change.effect is None or change.effect.exact or change.metric.name != line.metric.name:
            continue
        effect = change.effect
        if all(map(isfinite, (effect.value, effect.low, effect.high))):
            factor, unit = _unit(change, line.metric)
            yield Drawn(line.variant.name, change, effect, factor, unit)


def _unit(change: Change, metric: Metric) -> tuple[float, str]:
    if change.kind in ("time", "exact"):
        return 100.0, "%"
    style = metric_style(metric, 0.0)
    return style.factor, style.unit


def _gravity(each: Drawn) -> tuple[int, float]:
    judgement = each.change.judgement
    return GRAVITY.index(judgement) if judgement in GRAVITY else len(GRAVITY), -abs(each.value)


def _extent(drawn: Sequence[Drawn]) -> float:
    """Half the axis: all marks and bands are on it, and intervals as far as twice that."""
    marks = max(abs(number) for each in drawn for number in (each.value, *each.band)) or 0.0
    limits = max(abs(number) for each in drawn for number in each.limits)
    return min(max(limits, marks), 2 * marks or limits) * 1.08


def _panel(name: str, line: Line, side: Beside, drawn: Sequence[Drawn], end: float, left: int) -> Panel:
    strips = tuple(map(_strip, drawn))
    more = f" {left} more have no room." if left else ""
    return Panel(
        name=name,
        title=f"{line.heading}, since {side.name}",
        description="; ".join(strip.words for strip in strips) + f".{more}",
        x=drawn[0].unit,
        y=DIRECTIONS[line.metric.better],
        bottom=-end,
        top=end,
        strips=strips,
    )


def _strip(each: Drawn) -> Strip:
    number, interval = effect_parts(each.change)
    told = ", ".join(filter(None, (str(each.change.judgement), limit_of(each.change))))
    words = f"{each.variant}: {' '.join(filter(None, (number, interval)))}, {told}"
    tone = TONES.get(each.change.judgement, "")
    return Strip(each.variant, each.value, *each.limits, each.band, tone, number, words)
