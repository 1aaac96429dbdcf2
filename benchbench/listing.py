"""`benchbench list`: what a suite may name. Listing suites imports no entry of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import TYPE_CHECKING

from benchbench import shipped
from benchbench.errors import UnknownName, nearest

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Absent, Step, Training

Rows = list[dict[str, str]]


def show(what: str, *, as_json: bool) -> None:
    """Print a list. Raises UnknownName for one that there is not."""
    if what not in LISTS:
        raise UnknownName(f"nothing to list is called '{what}'", nearest(what, LISTS))
    rows = LISTS[what]()
    if as_json:
        import json

        import typer

        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from benchbench import terminal

    terminal.table("", tuple(rows[0]) if rows else (), [tuple(row.values()) for row in rows])


def suites() -> Rows:
    """Shipped suites."""
    return [{"suite": name, "title": title} for name, title in shipped.suites().items()]


def families() -> Rows:
    """Model families, what they predict, and their architecture settings."""
    from benchbench.catalog.families import FAMILIES

    return [
        {
            "family": name,
            "title": FAMILIES[name].title,
            "task": FAMILIES[name].task,
            "settings": _settings(FAMILIES[name].build),
        }
        for name in FAMILIES
    ]


def steps() -> Rows:
    """Steps, whether they cut, train or do neither, and their settings."""
    from benchbench.catalog.steps import STEPS

    return [
        {
            "step": name,
            "kind": _kind(STEPS[name]),
            "settings": _settings(STEPS[name].declared),
        }
        for name in STEPS
    ]


def _kind(step: Step | Training) -> str:
    from benchbench.catalog.contracts import Training

    if isinstance(step, Training):
        return "training"
    return "cut" if step.reducing else "conversion"


def runtimes() -> Rows:
    """What may compute a forward pass, how far it may stray from eager, and what it lacks here."""
    from benchbench.catalog.runtimes import RUNTIMES

    return [
        {"runtime": name, "tolerance": f"{RUNTIMES[name].tolerance:g}", "missing": _lack(RUNTIMES[name].missing())}
        for name in RUNTIMES
    ]


def _lack(absent: Absent | None) -> str:
    return f"{absent.reason} → {absent.remedy}" if absent else ""


def datasets() -> Rows:
    """Datasets and their settings."""
    from benchbench.catalog.datasets import DATASETS

    return [{"dataset": name, "settings": _settings(DATASETS[name].locate)} for name in DATASETS]


def probes() -> Rows:
    """Probes, their kind and their metrics."""
    from benchbench.catalog.probes import PROBES

    return [
        {
            "probe": name,
            "kind": PROBES[name].kind,
            "metrics": ", ".join(
                f"{metric.name} [{metric.unit}]" if metric.unit else metric.name for metric in PROBES[name].metrics
            ),
        }
        for name in PROBES
    ]


def _settings(function: Callable[..., object]) -> str:
    from benchbench.catalog.shelf import settings_of

    return ", ".join(_setting(parameter) for parameter in settings_of(function).values())


def _setting(parameter: Parameter) -> str:
    name = parameter.name.replace("_", "-")
    return f"{name} (required)" if parameter.default is parameter.empty else f"{name}={parameter.default!r}"


LISTS: Mapping[str, Callable[[], Rows]] = {
    "suites": suites,
    "families": families,
    "steps": steps,
    "probes": probes,
    "datasets": datasets,
    "runtimes": runtimes,
}
