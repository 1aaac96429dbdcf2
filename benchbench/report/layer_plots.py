"""Where time and computation go: bars by layer, for the reference and a few variants side by side."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.report.numbers import axis_style, joined, plain, raised
from benchbench.report.plots import Bar, Panel, Plot
from benchbench.report.values import known_names, measurement, reference_entry
from benchbench.types import Entry, Measured, Metric, ProbeUse, Scale

MOST_VARIANTS = 3
"""Beside the reference."""
LISTED = "layers: "
"""How a profile's first note begins, which names its layers."""

ONE_BY_ONE = "Layers are timed one by one, by hooks, so that the sums differ from the latency of the table."


def layer_plots(account: Account) -> tuple[Plot, ...]:
    """A plot for each scale and use of a probe with profiles, with a panel for each of its metrics."""
    return tuple(
        plot
        for scale in account.suite.scales
        for use in account.uses(scale)
        if (plot := _plot(account, scale, use)) is not None
    )


def _plot(account: Account, scale: Scale, use: ProbeUse) -> Plot | None:
    metrics = [account.metric(name) for name in known_names(account, use.name) if account.metric(name).per == "layer"]
    if not metrics:
        return None
    entries = _chosen(account, scale, use, metrics[0])
    if not entries:
        return None
    left = [entry.trial.variant.name for entry in _profiled(account, scale, use, metrics[0]) if entry not in entries]
    text = f"Not drawn: {', '.join(left)}; the data hold all." if left else ""
    return Plot(
        name=f"layers-{scale.name}",
        title=f"By layer, scale “{scale.name}”",
        description=text,
        panels=tuple(_panel(scale, metric, entries) for metric in metrics),
        series=tuple(entry.trial.variant.name for entry in entries),
    )


def _profiled(account: Account, scale: Scale, use: ProbeUse, metric: Metric) -> Iterator[Entry]:
    for variant in account.variants(scale):
        entry = account.entry(scale, use, variant)
        if entry is not None and measurement(entry, metric.name):
            yield entry


def _chosen(account: Account, scale: Scale, use: ProbeUse, metric: Metric) -> list[Entry]:
    """The reference, then of the others in the suite's order the one with the least in all, the middle and the most."""
    reference = reference_entry(account, scale, use)
    others = [entry for entry in _profiled(account, scale, use, metric) if entry is not reference]
    order = sorted(others, key=lambda entry: _total(entry, metric))
    picked = others if len(others) <= MOST_VARIANTS else [order[0], order[len(order) // 2], order[-1]]
    first = [reference] if reference and measurement(reference, metric.name) else []
    return first + [entry for entry in others if entry in picked]


def _total(entry: Entry, metric: Metric) -> float:
    found = measurement(entry, metric.name)
    return sum(found.samples) if found else 0.0


def _panel(scale: Scale, metric: Metric, entries: list[Entry]) -> Panel:
    profiles = [_profile(entry, metric) for entry in entries]
    labels = _ordered(profiles)
    top = max((value for profile in profiles for value in profile.values()), default=0.0)
    style = axis_style(metric, top)
    bars = tuple(
        Bar(
            label=label.rpartition(".")[2],
            values=tuple(_scaled(profile.get(label), style.factor) for profile in profiles),
            texts=tuple(
                joined(plain(profile[label] * style.factor, style.decimals), style.unit) if label in profile else ""
                for profile in profiles
            ),
            group=label.rpartition(".")[0],
        )
        for label in labels
    )
    totals = ", ".join(
        f"{entry.trial.variant.name} {joined(plain(sum(profile.values()) * style.factor, style.decimals), style.unit)}"
        for entry, profile in zip(entries, profiles, strict=True)
    )
    return Panel(
        name=f"{metric.name}-{scale.name}",
        title=raised(metric.title),
        description=" ".join(filter(None, (f"In all: {totals}.", "" if metric.exact else _notes(entries[0])))),
        y=style.unit,
        top=top * style.factor or 1.0,
        bars=bars,
        is_upright=True,
    )


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _profile(entry: Entry, metric: Metric) -> dict[str, float]:
    """Values by the layers' names, or by their numbers where the record does not name them."""
    found = measurement(entry, metric.name)
    samples = found.samples if found else ()
    numbers = [str(int(layer)) for layer in found.columns.get("layer", ())] if found else []
    names = _names(entry)
    return dict(zip(names if len(names) == len(samples) else numbers, samples, strict=False))


def _names(entry: Entry) -> list[str]:
    notes = entry.outcome.notes if isinstance(entry.outcome, Measured) else ()
    listed = [note.removeprefix(LISTED) for note in notes if note.startswith(LISTED)]
    return listed[0].split(", ") if listed else []


def _notes(entry: Entry) -> str:
    """How the times were taken, which counts do not need."""
    notes = entry.outcome.notes if isinstance(entry.outcome, Measured) else ()
    words = [raised(note) for note in notes if not note.startswith(LISTED)]
    return " ".join((*(f"{each}." for each in words), ONE_BY_ONE))


def _ordered(profiles: list[dict[str, float]]) -> list[str]:
    """Every label once: by stack as first met, within a stack as in the deepest, what belongs to no layer last."""
    longest = sorted(profiles, key=len, reverse=True)
    labels = list(dict.fromkeys(label for profile in longest for label in profile))
    stacks = list(dict.fromkeys(label.rpartition(".")[0] for label in labels))
    return sorted(labels, key=lambda label: (not label.rpartition(".")[0], stacks.index(label.rpartition(".")[0])))
