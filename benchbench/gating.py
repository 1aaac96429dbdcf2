"""A gate taken apart by trial: what each came to beside an earlier one, corrected for all tests of the whole gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from benchbench import weighing
from benchbench.catalog.probes import PROBES
from benchbench.comparing import compare
from benchbench.lineage import metrics
from benchbench.sides import Side, matched, place_of
from benchbench.types import Change, Entry, Machine, Measured
from benchbench.verify.gates import corrected


def by_trial(before: Side, after: Side, reference: str, known: Sequence[Machine] = ()) -> dict[str, tuple[Change, ...]]:
    """The changes of each trial, by `place_of` its later side; nothing where only the later side has it, and it went.

    Where only a part has been measured, what is a regression stays one whatever the rest will come to: tests that are
    still to come count as made, with nothing found, which is the most that they can cost the others. `reference` names
    the suite's variant whose times are never tested.
    """
    pairs = list(matched(before, after))
    parts = [_of_pair(ours, theirs, before, after, known) for ours, theirs in pairs]
    coming = [change for ours, theirs in pairs if ours and not theirs for change in _tests(ours, reference)]
    whole = iter(corrected([*chain.from_iterable(parts), *coming]))
    found = [tuple(next(whole) for _ in part) for part in parts]
    return {_place(pair): changes for pair, changes in zip(pairs, found, strict=True)}


def _of_pair(
    ours: Entry | None, theirs: Entry | None, before: Side, after: Side, known: Sequence[Machine]
) -> tuple[Change, ...]:
    return compare(_alone(before, ours), _alone(after, theirs), known=known).changes


def _alone(side: Side, entry: Entry | None) -> Side:
    return replace(side, entries={} if entry is None else {place_of(entry.trial): entry})


def _place(pair: tuple[Entry | None, Entry | None]) -> str:
    entry = pair[1] or pair[0]
    assert entry is not None
    return place_of(entry.trial)


def _tests(entry: Entry, reference: str) -> Iterator[Change]:
    """What would be tested of a trial, had it been measured again, as tests that found nothing."""
    trial, shelf = entry.trial, metrics()
    outcome = entry.outcome
    for measurement in outcome.measurements if isinstance(outcome, Measured) else ():
        metric = shelf.get(measurement.metric)
        if metric is None or metric.per:
            continue
        kind = weighing.kind_of(PROBES[trial.probe.name].kind, metric, measurement)
        if kind in ("data", "seeds") or (kind == "time" and trial.variant.name != reference):
            yield replace(weighing.blank(trial, metric, kind), p=1.0)
