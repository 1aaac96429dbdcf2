"""What is said of trade-offs under their figures."""

from __future__ import annotations

import pytest

from benchbench.report.charts import FRONT, Chart, Point
from benchbench.report.figures import figures
from benchbench.report.figures.trade_offs import NAMED, front_text
from benchbench.types import Estimate
from tests.report import depth_accounts


def point(name: str, at: float) -> Point:
    known = Estimate(at, at, at, exact=True)
    return Point(name, known, known)


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (2, "v0, v1."),
        (NAMED, "v0, v1, v2, v3."),
        (NAMED + 1, "v0, v1, v2, v3 and 1 more."),
        (20, "v0, v1, v2, v3 and 16 more."),
    ],
)
def test_a_caption_names_few_of_the_front(size: int, told: str) -> None:
    points = tuple(point(f"v{number}", float(number)) for number in range(size))
    chart = Chart("AP-params-full", "", "", "", "", points, tuple(range(size)))
    assert front_text(chart) == f"{FRONT}: {told}"


def test_figures_say_it() -> None:
    figure = next(each for each in figures(depth_accounts.account()) if each.name.startswith("AbsRel-"))
    names = [row.variant for row in figure.rows if row.on_front]
    assert len(names) == NAMED
    front = figure.caption.partition(f"{FRONT}: ")[2].partition(".")[0]
    assert sorted(front.split(", ")) == sorted(names)
