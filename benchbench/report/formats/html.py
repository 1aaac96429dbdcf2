"""HTML: one file that needs no network, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from benchbench.report.drawing import svg
from benchbench.report.evidence import shown_keys
from benchbench.report.links import is_safe
from benchbench.report.page import Page
from benchbench.report.painting import paint
from benchbench.report.side_records import records_behind
from benchbench.report.small_drawing import panel_svg

if TYPE_CHECKING:
    from jinja2 import Environment

FEW_LINES = 6
"""Lines of a cell that are shown at once; more are folded away, and unfolded in print."""
WINDOW = 100
"""Rows of a table that are laid out at first where the script can bring the others; all of them in print."""
SCRIPTS = ("sort.js", "narrow.js", "drill.js")
"""One script in this order; the latter two use what the first defines."""


def write(page: Page) -> str:
    """The page with its style, its script and its drawings inside."""
    from markupsafe import Markup

    styles = ("page.css", "beside.css") if page.account.beside else ("page.css",)
    style, script = "".join(map(asset, styles)), "".join(map(asset, SCRIPTS))
    behind = shown_keys(page.tables)
    drawings = {chart.name: Markup(svg(chart)) for section in page.sections for chart in section.charts}
    panels = [panel for section in page.sections for plot in section.plots for panel in plot.panels]
    drawings |= {panel.name: Markup(panel_svg(panel)) for panel in panels}
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            account=page.account,
            drawings=drawings,
            painted=paint(wall for section in page.sections for wall in section.walls),
            style=Markup(style),
            script=Markup(script),
            policy=policy(script),
            few=FEW_LINES,
            window=WINDOW,
            behind=behind,
            records=Markup(inert(records_behind(page.account, behind))) if behind else "",
        )
    )


def inert(content: Any) -> str:
    """JSON that no parser of HTML takes for markup: it may stand in a `<script>` of another type than JavaScript."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def policy(script: str) -> str:
    """The content security policy: nothing is loaded, pictures are inside, no script runs but this one, by its hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = ("default-src 'none'", "img-src data:", "style-src 'unsafe-inline'", f"script-src 'sha256-{digest}'")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def asset(name: str) -> str:
    """The text of a file that stands beside the templates."""
    return (files("benchbench.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Where templates are found and how they are filled: everything is escaped, nothing may be missing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("benchbench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.tests["safe_link"] = is_safe
    found.filters["symbol"] = lambda text: text.partition(" ")[0]
    found.filters["word"] = lambda text: text.partition(" ")[2]
    return found
