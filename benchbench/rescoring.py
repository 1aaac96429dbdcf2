"""`benchbench score RECORD`: a kept record's rows summarised again, under other settings or beside another record's.

Rows tell everything but what had acted on each sample when they were made: no model and no image is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchbench import stats, terminal
from benchbench.catalog import row_scoring
from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows
from benchbench.catalog.probes import PROBES
from benchbench.catalog.shelf import settings_of
from benchbench.declare import settings_from
from benchbench.errors import BadData, BenchbenchError
from benchbench.kept_rows import ROWS, ordered, rows_of
from benchbench.record import Store
from benchbench.scoring import POINTS, Scored, images, row, scored, show_apart, summary, taken_apart, told
from benchbench.splits import class_names
from benchbench.types import Difference, Measured, Metric, Record

ANEW = "run its suite again with these settings under `probes`"


@dataclass(frozen=True)
class Asked:
    """A record by its file, the begin of its key or `variant@scale`, and what is asked of its rows.

    `probe` tells records of one variant apart; `given` are settings such as `average=pixel`, in place of the record's
    own; `against` names a second record, from which the first's differences are told.
    """

    record: str
    probe: str = ""
    given: Sequence[str] = ()
    resamples: int = 200
    against: str = ""
    records: Path = Path("records")


@dataclass(frozen=True)
class Kept:
    """A record, and its rows under the settings asked for. `changed`: whether those differ from its own."""

    record: Record
    scored: Scored
    changed: bool


def show(asked: Asked, *, as_json: bool) -> None:
    """Print what the rows come to beside what was recorded, and the differences to another record's.

    Raises BenchbenchError for records that cannot be found, were not scored or lack rows, for settings that rows cannot
    answer, and for two records that are not of the same images.
    """
    ours = kept(asked, asked.record)
    theirs = kept(asked, asked.against) if asked.against else None
    with _doubted(ours):
        numbers, limits = summary(ours.scored, asked.resamples, ours.record.trial.seed)
    before = recorded(ours.record)
    differences = compared(ours, theirs, asked.resamples) if theirs else {}
    notes = [*ours.scored.probe.notes(ours.scored.rows, **ours.scored.settings), agreement(ours, numbers, before)]
    apart = taken_apart(ours.scored, class_names(ours.record.trial.scale))
    if as_json:
        names = {"record": ours.record.key, "recorded": before, "against": asked.against}
        found = {name: vars(each) for name, each in differences.items()}
        splits = {"splits": [asdict(split) for split in apart]}
        terminal.data(told(ours.scored, numbers, limits) | names | {"notes": notes, "differences": found, **splits})
        return
    metrics = ours.scored.probe.metrics
    shown = [_beside(metric, row(metric, numbers[metric.name], limits.get(metric.name)), before) for metric in metrics]
    terminal.table(ours.scored.title, ("metric", "value [95 % over images]", "recorded", "unit"), shown)
    if asked.against:
        rows = [_difference(metric, differences[metric.name]) for metric in metrics if metric.name in differences]
        terminal.table(f"difference to {asked.against}", ("metric", "difference [95 %]", "unit", "tests"), rows)
    show_apart(apart)
    for note in notes:
        terminal.say(f"note: {note}")


def kept(asked: Asked, name: str) -> Kept:
    """The record of this name with its rows."""
    store = store_of(name, asked.records)
    record = store.find(name, asked.probe or _only_score(store, name))
    if asked.probe not in {"", record.trial.probe.name}:
        what = f"{record.key[:12]} is a record of {record.trial.probe.name}, not of {asked.probe}"
        raise BenchbenchError(what, "another probe looks at other things: name a record of its own")
    probe = scored(record.trial.probe.name)
    own = {name.replace("-", "_"): value for name, value in record.trial.probe.settings.items()}
    changes = settings_from(asked.given, f"setting of {probe.name}", settings_of(probe.summarise))
    settings = {**own, **changes}
    _check_fixed(probe, own, settings)
    rows = rows_in(store, record)
    title = f"{record.trial.label}, {record.key[:12]}, over {images(len(rows))}"
    return Kept(record, Scored(probe, rows, settings, title), settings != own)


def _only_score(store: Store, name: str) -> str:
    """The scored probe of which alone there are records of `variant@scale`; "" where there is none or a choice."""
    trials = [each.trial for each in store.records()]
    probes = {each.probe.name for each in trials if f"{each.variant.name}@{each.scale.name}" == name}
    scores = [probe for probe in probes if probe in PROBES and isinstance(PROBES[probe], ScoredProbe)]
    return scores[0] if len(scores) == 1 else ""


def store_of(name: str, folder: Path) -> Store:
    """The store that a record lies in: of one named by its file, the folder above its scale's."""
    path = Path(name)
    return Store(path.absolute().parents[2]) if path.suffix == ".json" and path.is_file() else Store(folder)


def rows_in(store: Store, record: Record) -> Rows:
    """A record's rows. Raises BadData where it has none, BrokenRecord for such as cannot be read."""
    if not isinstance(record.outcome, Measured):
        raise BadData(f"{record.key[:12]} ({record.trial.label}) failed: it has no rows", "benchbench show tells why")
    arrays = store.arrays(record, ROWS)
    if arrays is None:
        raise BadData(f"{record.key[:12]} ({record.trial.label}) has no {ROWS} beside it", "measure it again: --fresh")
    try:
        return rows_of(arrays)
    except (KeyError, ValueError) as error:
        raise BadData(f"the {ROWS} of {record.key[:12]} are no rows: {error}", "measure it again: --fresh") from error


@contextmanager
def _doubted(kept: Kept) -> Iterator[None]:
    """Rows may come from strangers, and a probe fails on broken ones in as many ways: BadData that names the record."""
    try:
        yield
    except BenchbenchError:
        raise
    except Exception as error:
        what = f"the {ROWS} of {kept.record.key[:12]} are rows of another form: {error!r}"
        raise BadData(what, "measure it again: --fresh") from error


def _check_fixed(probe: ScoredProbe, own: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    then, now = (row_scoring.fixed(probe, each) for each in (own, settings))
    others = [f"{name} {now[name]} (recorded: {then.get(name)})" for name in now if now[name] != then.get(name)]
    if others:
        what = (
            f"rows of {probe.name} cannot tell {', '.join(others)}: it acts on each image's output, which is not kept"
        )
        raise BenchbenchError(what, ANEW)


def recorded(record: Record) -> dict[str, float]:
    """The numbers that the record holds."""
    assert isinstance(record.outcome, Measured)
    return {each.metric: each.samples[0] for each in record.outcome.measurements if len(each.samples) == 1}


def agreement(ours: Kept, numbers: Mapping[str, float], before: Mapping[str, float]) -> str:
    """How the numbers compare with the recorded ones."""
    differing = [name for name, value in before.items() if numbers.get(name) != value]
    if ours.changed:
        same = f"{len(differing)} of {len(before)} numbers differ" if differing else "all numbers are the recorded ones"
        return f"under other settings than the record's: {same}"
    if differing:
        probe = ours.scored.probe
        made = f"its rows are of version {ours.record.versions.get(f'probe {probe.name}')}, this is {probe.version}"
        return f"the record holds other numbers of {', '.join(differing)}: {made}"
    return "the same numbers as recorded"


def compared(ours: Kept, theirs: Kept, resamples: int) -> dict[str, Difference]:
    """The differences over the same images. Raises BenchbenchError where the two were not scored on the same."""
    probe, other = ours.scored.probe, theirs.scored.probe
    data = {str(each.record.facts.get("data_fingerprint")) for each in (ours, theirs)}
    if probe.name != other.name or ours.scored.settings != theirs.scored.settings or len(data) > 1:
        what = f"{ours.scored.title} and {theirs.scored.title} differ in their probe, its settings or their data"
        raise BenchbenchError(what, "only the same images scored alike can be paired")
    rows, others = ordered(ours.scored.rows), ordered(theirs.scored.rows)
    if rows.ids.tolist() != others.ids.tolist():
        raise BenchbenchError("the two records are not of the same images", "only the same images can be paired")
    settings = {**ours.scored.settings, **({"resamples": resamples} if resamples > 1 else {})}
    with _doubted(theirs):
        return row_scoring.compared(probe, rows, others, settings)


def _beside(metric: Metric, shown: tuple[str, str, str], before: Mapping[str, float]) -> tuple[str, ...]:
    title, value, unit = shown
    then = row(metric, before[metric.name], None)[1] if metric.name in before else ""
    return title, value, then, unit


def _difference(metric: Metric, found: Difference) -> tuple[str, ...]:
    factor, digits = (100, 2) if metric.unit == POINTS else (1, 4)
    value, low, high = (f"{factor * each:+.{digits}f}" for each in (found.value, found.low, found.high))
    tests = "\n".join(f"{test}: {stats.chance(p)}" for test, p in found.tests)
    return metric.title, f"{value}  [{low}, {high}]", metric.unit, tests
