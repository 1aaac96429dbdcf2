"""The page of a history: one HTML file that needs neither network nor script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench import __version__
from benchbench.report.numbers import PERCENT, RATIO, lowered, metric_style, raised, written
from benchbench.report.trend_drawing import caption, trend_svg
from benchbench.types import Estimate, Metric
from benchbench.types.trended import History, Night, Step, Trend

if TYPE_CHECKING:
    from markupsafe import Markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Shown:
    """A trend in words and drawings."""

    name: str
    trend: Trend
    charts: tuple[tuple[str, Markup], ...]
    steps: tuple[str, ...]
    nights: tuple[tuple[str, ...], ...]


def trend_page(history: History) -> str:
    """The page as text: every name of a record is escaped."""
    from markupsafe import Markup

    from benchbench.report.formats.html import asset, environment

    shown = [_shown(f"trend-{number}", trend) for number, trend in enumerate(history.trends, 1)]
    return (
        environment()
        .get_template("trends.html.j2")
        .render(
            history=history,
            title=raised(history.metric.title),
            summary=summary(history),
            shown=shown,
            style=Markup(asset("page.css") + asset("trends.css")),
            policy=POLICY,
            version=__version__,
        )
    )


def summary(history: History) -> str:
    """What there is to see, in a sentence."""
    nights = {night.run for trend in history.trends for night in trend.nights}
    steps = [step for trend in history.trends for step in trend.steps]
    machines = {trend.machine for trend in history.trends if trend.machine}
    told = [_count(len(history.trends), "series"), _count(len(nights), "night"), _count(len(steps), "step")]
    worse = sum(step.worse is True for step in steps)
    told[-1] += f", {worse} for the worse" if steps else ""
    return ", ".join([*told[:2], *([_count(len(machines), "machine")] if machines else []), told[2]]) + "."


def value_text(metric: Metric, estimate: Estimate | None) -> str:
    """An estimate in the metric's unit, with its interval; a dash for none."""
    return "–" if estimate is None else written(estimate, metric_style(metric, estimate.value))


def ratio_text(estimate: Estimate | None) -> str:
    return "" if estimate is None else written(estimate, RATIO)


def size_text(metric: Metric, step: Step) -> str:
    """How large a step is: a share, or a difference in the metric's unit."""
    from dataclasses import replace

    style = PERCENT if step.is_share else replace(metric_style(metric, step.size.value), signed=True)
    return written(step.size, style)


def step_text(trend: Trend, step: Step) -> str:
    """One step in a sentence: how much, when, between which commits, and what else changed."""
    before, after = trend.nights[step.last], trend.nights[step.first]
    what = "ratio to the reference" if trend.is_paired else lowered(trend.metric.title)
    judged = {True: "worse", False: "better", None: "neither better nor worse"}[step.worse]
    since = f"{before.at[:10]}{_commit(before)} and {after.at[:10]}{_commit(after)}"
    changed = f"; changed meanwhile: {', '.join(after.changed)}" if after.changed else ""
    return f"{size_text(trend.metric, step)} ({judged}): {what}, between {since}{changed}"


def _commit(night: Night) -> str:
    return f" (commit {night.commit[:12]})" if night.commit else ""


def _shown(name: str, trend: Trend) -> Shown:
    from markupsafe import Markup

    drawn = []
    if any(night.ratio for night in trend.nights):
        drawn.append(("r", "to the reference of the same run"))
    if any(night.estimate for night in trend.nights):
        drawn.append(("a", "absolute, of this machine as busy as it was" if trend.is_paired else trend.metric.unit))
    charts = [
        (
            "; ".join(filter(None, (words, caption(trend, is_ratio=letter == "r")))),
            Markup(trend_svg(trend, f"{name}-{letter}", is_ratio=letter == "r")),
        )
        for letter, words in drawn
    ]
    steps = tuple(step_text(trend, step) for step in trend.steps)
    firsts = {step.first: number for number, step in enumerate(trend.steps, 1)}
    rows = [_row(trend.metric, night, firsts.get(place)) for place, night in enumerate(trend.nights)]
    return Shown(name, trend, tuple(charts), steps, tuple(reversed(rows)))


def _row(metric: Metric, night: Night, step: int | None) -> tuple[str, ...]:
    told = [f"step {step}"] if step else []
    told += [night.why] if night.why else []
    at = night.at[:16].replace("T", " ")
    words = "; ".join([*told, *night.changed])
    return at, night.commit[:12], value_text(metric, night.estimate), ratio_text(night.ratio), words, night.key[:12]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 or noun == "series" else "s")
