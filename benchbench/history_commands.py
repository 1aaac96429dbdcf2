"""What `benchbench history` does and prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchbench import flow, terminal
from benchbench.history import Asked, history
from benchbench.report.trend_page import ratio_text, step_text, summary, trend_page, value_text
from benchbench.types.trended import History, Trend
from benchbench.whole_files import write_whole

PLACE, SAID = ("scale", "probe", "variant", "condition"), ("machine", "nights", "latest", "to the reference", "steps")
RECIPE = ("recipe",)
"""A column that is there where names collide."""


@dataclass(frozen=True)
class Wish:
    """What a user asks for; an empty suite means every record."""

    metric: str
    suite: str = ""
    overrides: tuple[str, ...] = ()
    select: str = ""
    records: Path = Path("records")


def show(wish: Wish, output: Path | None, *, as_json: bool) -> None:
    """Print the history of a metric, and write its page where one is asked for."""
    request = flow.Request(wish.suite, wish.overrides, records=wish.records)
    found = history(Asked(wish.metric, wish.select, wish.records), flow.read(request) if wish.suite else None)
    if as_json:
        terminal.data(told(found))
    else:
        _print(found)
    if output is not None:
        write_whole(output, trend_page(found), durable=False, hint="free some space, or choose another place with -o")
        terminal.say(f"page: {output}")


def told(found: History) -> dict[str, Any]:
    """A history as plain data; steps name their nights by index, and what they say in words."""
    trends = [{**asdict(trend), "metric": trend.metric.name, "steps": _steps(trend)} for trend in found.trends]
    return {"metric": asdict(found.metric), "trends": trends, "notes": list(found.notes)}


def _steps(trend: Trend) -> list[dict[str, Any]]:
    return [{**asdict(step), "words": step_text(trend, step)} for step in trend.steps]


def _print(found: History) -> None:
    collide = any(trend.recipe for trend in found.trends)
    columns = *PLACE, *(RECIPE * collide), *SAID
    terminal.table(found.metric.title, columns, [_row(trend, collide) for trend in found.trends])
    for trend in found.trends:
        for step in trend.steps:
            terminal.say(f"step: {trend.label}: {step_text(trend, step)}")
    for note in found.notes:
        terminal.say(f"note: {note}")
    terminal.say(summary(found))


def _row(trend: Trend, collide: bool) -> tuple[str, ...]:
    last = trend.nights[-1]
    latest = last.why if last.estimate is None else value_text(trend.metric, last.estimate)
    place = (trend.scale, trend.probe, trend.variant, trend.condition, *((trend.recipe,) * collide))
    return (*place, trend.machine, str(len(trend.nights)), latest, ratio_text(last.ratio), str(len(trend.steps)))
