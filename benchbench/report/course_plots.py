"""Loss curves and how far the weights of each layer moved, side by side for all trained variants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite

from benchbench.report.account import Account
from benchbench.report.courses import Course, Curve
from benchbench.report.numbers import SPACE
from benchbench.report.plots import Bar, Line, Panel, Plot
from benchbench.report.trained import Trained, trained
from benchbench.types import Scale

MOST_POINTS = 120
"""Of a curve; more are thinned out."""
HEADROOM = 1.05


def course_plots(account: Account) -> tuple[Plot, ...]:
    """For each scale with trainings: their losses, then the updates of their weights."""
    plots = []
    for scale in account.suite.scales:
        found = [each for each in trained(account, scale) if each.courses]
        plots += [_losses(scale, found), _updates(scale, found)] if found else []
    return tuple(plot for plot in plots if plot.panels)


def _losses(scale: Scale, found: list[Trained]) -> Plot:
    curves = {each.variant.name: tuple(_chained(chain) for chain in each.courses) for each in found}
    kinds = {each.variant.name: each.chains[0][-1].step for each in found}
    tops = _by_kind(kinds, {name: (y for curve in drawn for _, y in curve) for name, drawn in curves.items()})
    panels = tuple(
        _loss(scale, each, curves[each.variant.name], tops) for each in found if any(curves[each.variant.name])
    )
    text = (
        "One line for each seed. Panels of one kind of training share their axis; losses of two kinds do not compare."
    )
    return Plot(f"losses-{scale.name}", f"Loss during training, scale “{scale.name}”", text, panels)


def _loss(scale: Scale, each: Trained, curves: tuple[Curve, ...], tops: Mapping[str, float]) -> Panel:
    name, kind = each.variant.name, each.chains[0][-1].step
    seeds = [f"seed {chain[-1].seed}" for chain in each.chains]
    return Panel(
        name=f"loss-{scale.name}-{name}",
        title=name,
        description=_from_to(each, curves),
        x="steps",
        y=f"loss of {kind}",
        top=tops[kind],
        right=max((x for curve in curves for x, _ in curve), default=1.0),
        lines=tuple(Line(seed, curve) for seed, curve in zip(seeds, curves, strict=True)),
    )


def _chained(chain: tuple[Course, ...]) -> Curve:
    """The curves of a chain end to end, thinned out, without what is no number."""
    points, start = [], 0.0
    for course in chain:
        points += [(start + x, y) for x, y in course.curve if isfinite(x) and isfinite(y)]
        start += course.steps if isfinite(course.steps) else 0.0
    step = max(1, -(-len(points) // MOST_POINTS))
    return tuple(points[::step])


def _by_kind(kinds: Mapping[str, str], values: Mapping[str, Iterable[float]]) -> dict[str, float]:
    """The end of the axis that the panels of each kind share."""
    tops: dict[str, float] = {}
    for name, found in values.items():
        tops[kinds[name]] = max(tops.get(kinds[name], 0.0), *found, 0.0)
    return {kind: top * HEADROOM or 1.0 for kind, top in tops.items()}


def _from_to(each: Trained, curves: tuple[Curve, ...]) -> str:
    words = (
        f"seed {chain[-1].seed}: {curve[0][1]:.3g} to {curve[-1][1]:.3g}"
        for chain, curve in zip(each.chains, curves, strict=False)
        if curve
    )
    return "; ".join(words)


def _updates(scale: Scale, found: list[Trained]) -> Plot:
    means = {each.variant.name: _means(each) for each in found}
    top = max((value for mean in means.values() for value in mean.values()), default=0.0) * HEADROOM or 1.0
    panels = tuple(
        Panel(
            name=f"updates-{scale.name}-{name}",
            title=name,
            description=", ".join(f"{layer} {_percent(value)}" for layer, value in mean.items()),
            top=top,
            bars=tuple(Bar(layer, (value,), (_percent(value),)) for layer, value in mean.items()),
        )
        for name, mean in means.items()
        if mean
    )
    text = (
        "|change| / |start| of the weights of each block over the last training, mean over the seeds; a block without "
        "a bar was frozen."
    )
    return Plot(f"updates-{scale.name}", f"How far the weights moved, scale “{scale.name}”", text, panels)


def _percent(value: float) -> str:
    return f"{100 * value:.2g}{SPACE}%"


def _means(each: Trained) -> dict[str, float]:
    last = [chain[-1].updates for chain in each.courses]
    names = sorted({name for updates in last for name in updates}, key=_in_order)
    return {name: mean for name in names if isfinite(mean := _mean(updates.get(name, 0.0) for updates in last))}


def _in_order(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Numbers in a name count as numbers: encoder.2 before encoder.10."""
    return tuple((part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in name.split("."))


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
