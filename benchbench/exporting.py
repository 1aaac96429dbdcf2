"""`benchbench export`: a variant's model as a folder to deploy, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, TypeVar

from benchbench import flow, terminal
from benchbench.errors import BenchbenchError, UnknownName, nearest
from benchbench.lineage import metrics
from benchbench.measure import Export, Progress, Result, Work, export, usable_cores
from benchbench.measure.deployed import CARD, FORMATS, read_card
from benchbench.stats import estimate
from benchbench.types import (
    Budget,
    Condition,
    Entry,
    Failed,
    Measured,
    ProbeUse,
    Scale,
    Settings,
    Suite,
    Trial,
    Variant,
)

if TYPE_CHECKING:
    from benchbench.catalog.contracts import Subject

EXPORTS = Path("exports")
READABLE, READABLE_FILE = 0o755, 0o644
Named = TypeVar("Named", Variant, Scale)


@dataclass(frozen=True)
class Wish:
    """What a user wants exported: `out` and `scale` may be left to us; `seed` None means the suite's first."""

    request: flow.Request
    variant: str
    to: str
    scale: str = ""
    out: Path | None = None
    batch: int = 1
    seed: int | None = None
    force: bool = False


def show(wish: Wish, *, as_json: bool) -> None:
    """Export, and say where it lies."""
    folder, card = made(wish)
    if as_json:
        terminal.data({"folder": str(folder), "card": card})
        return
    apart = card["deviation"]["largest_relative_to_the_largest_value"]
    terminal.say(f"{wish.to}: opened again, {apart:.1e} from eager; weights {card['weights']['kind']}")
    terminal.say(f"exported: {folder}")


def made(wish: Wish) -> tuple[Path, dict[str, Any]]:
    """The folder and its card. Raises BenchbenchError; what was there stays as it was then."""
    if wish.to not in FORMATS:
        raise UnknownName(f"unknown format '{wish.to}'", nearest(wish.to, FORMATS))
    suite = flow.read(wish.request)
    trial = trial_of(wish, suite)
    folder = wish.out or EXPORTS / f"{suite.name}-{trial.variant.name}-{trial.scale.name}-{wish.to}"
    refuse_what_is_there(folder, force=wish.force)
    staging = _staging(folder)
    try:
        order = Export(wish.to, staging, tuple(known(wish.request, trial)), _story(suite, trial))
        card = _exported(trial, order, wish.request)
        publish(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder, card


def trial_of(wish: Wish, suite: Suite) -> Trial:
    """The trial that is exported, as if it were measured. Raises UnknownName, BenchbenchError."""
    variant = _named("variant", wish.variant, suite.variants)
    if variant.external:
        raise BenchbenchError(f"'{variant.name}' is external: it is a file already", f"it is {variant.external}")
    there = [scale for scale in suite.scales if not variant.scales or scale.name in variant.scales]
    scale = _named("scale", wish.scale, there) if wish.scale else there[0]
    condition = Condition(batch=wish.batch, threads=usable_cores())
    return Trial(variant, scale, ProbeUse("builds", {}, condition), suite.seed if wish.seed is None else wish.seed)


def known(request: flow.Request, trial: Trial) -> Iterator[Settings]:
    """What records tell of this variant at this scale, a value for each metric, with where it was taken."""
    laid = flow.recorded(replace(request, everything=True))
    units = metrics()
    for entry in laid.entries:
        if (entry.trial.variant, entry.trial.scale, entry.trial.seed) != (trial.variant, trial.scale, trial.seed):
            continue
        for measurement in entry.outcome.measurements if isinstance(entry.outcome, Measured) else ():
            metric = units.get(measurement.metric)
            if metric is not None and not metric.per and entry.record is not None:
                found = estimate(measurement, metric)
                unit = "" if metric.unit == "pt" else metric.unit
                about = {"metric": metric.name, "title": metric.title, "unit": unit, **_circumstances(entry)}
                yield {**about, "value": found.value, "low": found.low, "high": found.high}


def _circumstances(entry: Entry) -> dict[str, Any]:
    assert entry.record is not None
    condition, environment = entry.trial.probe.condition, entry.record.environment
    under = f"{condition.runtime}, {condition.dtype}, batch {condition.batch}, {condition.threads} threads"
    found = {"probe": entry.trial.probe.name, "condition": f"{under}, {condition.device}", "at": entry.record.at}
    return found | {"machine": str(environment.get("gpu") or environment.get("cpu", ""))}


def refuse_what_is_there(folder: Path, *, force: bool) -> None:
    """Raises BenchbenchError for a folder that may not be replaced: without `force` any, with it what is no export."""
    if not folder.exists() and not folder.is_symlink():
        return
    if not force:
        raise BenchbenchError(f"{folder} exists", "choose another with --out, or replace it with --force")
    if not (folder / CARD).is_file():
        raise BenchbenchError(f"{folder} is no folder that was exported", "choose another with --out")
    read_card(folder)


def publish(staging: Path, folder: Path) -> None:
    """Put a finished folder in its place, and what was there out of it. Raises BenchbenchError."""
    aside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)) / folder.name
    try:
        for file in staging.iterdir():
            file.chmod(READABLE_FILE)
        if folder.exists():
            folder.rename(aside)
        try:
            staging.rename(folder)
        except OSError:
            if aside.exists():
                aside.rename(folder)
            raise
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)


def opened(folder: str | Path) -> Subject:
    """A folder of safetensors as a subject again, for who wants to go on with it: this loads torch."""
    from benchbench.catalog.families import FAMILIES
    from benchbench.catalog.steps import STEPS
    from benchbench.measure import reopened

    place = Path(folder)
    return reopened.read(place, FAMILIES[read_card(place)["family"]], STEPS)


def _named(kind: str, name: str, things: Sequence[Named]) -> Named:
    found = {thing.name: thing for thing in things}
    if name not in found:
        raise UnknownName(f"no {kind} '{name}'", nearest(name, found))
    return found[name]


def _staging(folder: Path) -> Path:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)).absolute()
        staging.chmod(READABLE)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return staging


def _unwritable(folder: Path, error: OSError) -> BenchbenchError:
    return BenchbenchError(f"cannot write {folder}: {error.strerror or error}", "choose another with --out")


def _story(suite: Suite, trial: Trial) -> Settings:
    return {"suite": suite.name, "about": suite.title, "document": suite.document.title, "note": trial.variant.note}


def _exported(trial: Trial, order: Export, request: flow.Request) -> dict[str, Any]:
    """The card. Raises BenchbenchError with what the worker has against it."""
    journal = request.store.journal(f"export-{os.getpid()}")
    work = Work(journal, "export", Budget(), trial.probe.condition.threads, artifacts=request.artifacts.folder)
    for event in export(trial, order, work):
        if isinstance(event, Progress):
            terminal.say(f"{trial.variant.name}: {event.text}")
        else:
            return _card(event)
    raise BenchbenchError("the export ended without a result")


def _card(result: Result) -> dict[str, Any]:
    if isinstance(result.outcome, Failed):
        raise BenchbenchError(f"'{result.trial.variant.name}' cannot be exported: {result.outcome.error}")
    card = result.facts["card"]
    assert isinstance(card, dict)
    return card
