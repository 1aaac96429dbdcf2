"""Two sets of records, trial by trial and metric by metric: what changed, and what that is worth.

Sides are matched by the names of their trials. What must agree before numbers may be compared is `alike`'s to say, how
large a change is `verify.effects`', and whether it is one `verify.gates`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchbench import weighing
from benchbench.alike import changed, differing
from benchbench.catalog.contracts import reads_outputs
from benchbench.catalog.probes import PROBES
from benchbench.lineage import metrics
from benchbench.same_images import Paired, paired
from benchbench.sides import Side, matched
from benchbench.types import (
    STATUS,
    Change,
    Entry,
    Estimate,
    Failed,
    Judgement,
    Machine,
    Measured,
    Measurement,
    Metric,
    Skipped,
)
from benchbench.types.compared import Comparison
from benchbench.verify.gates import corrected
from benchbench.weighing import Pair

WENT, FAILS = Estimate(1.0, 1.0, 1.0, exact=True), Estimate(0.0, 0.0, 0.0, exact=True)
"""How a trial as a whole stands, as a number of the metric STATUS."""


def compare(before: Side, after: Side, *, least: float = 0.0, known: Iterable[Machine] = ()) -> Comparison:
    """Everything that both sides have, and what one of them lacks; several tests are corrected for their number.

    `least` is the smallest share by which times must differ, where that is more than usual here; `known` are machines
    that were calibrated, besides those of the sides.
    """
    machines = (*after.machines, *before.machines, *known)
    found: list[Change] = []
    new = 0
    for ours, theirs in matched(before, after):
        if ours is None or theirs is None:
            new += ours is None
            found += [_standing(ours, theirs)] if ours or (theirs and isinstance(theirs.outcome, Failed)) else []
        else:
            found += _compared(_Two(ours, theirs, before, after, machines, least))
    return Comparison(before.name, after.name, corrected(found), tuple(_notes(before, after, found, new)))


class _Two:
    """One trial on both sides."""

    def __init__(
        self, ours: Entry, theirs: Entry, before: Side, after: Side, machines: tuple[Machine, ...], least: float
    ) -> None:
        self.ours, self.theirs = ours, theirs
        self.stores = before.store, after.store
        self.machines, self.least = machines, least
        self.probe = PROBES[theirs.trial.probe.name]
        self._paired: Paired | None = None

    @property
    def paired(self) -> Paired:
        """The rows of both, compared once."""
        if self._paired is None:
            self._paired = paired((self.stores[0], self.ours), (self.stores[1], self.theirs))
        return self._paired

    def differing(self, metric: Metric) -> tuple[str, ...]:
        """What bars this metric from being compared."""
        if self.ours.record is None or self.theirs.record is None:
            return ()
        scored = reads_outputs(self.probe)
        machine = not metric.exact and not scored
        return differing(self.ours.record, self.theirs.record, scored=scored, machine=machine)

    def machine(self) -> Machine | None:
        """The calibrated machine on which the later side was measured."""
        environment = self.theirs.record.environment if self.theirs.record else {}
        return next((each for each in self.machines if each.is_that_of(environment)), None)


def _compared(two: _Two) -> Iterator[Change]:
    ours, theirs = two.ours.outcome, two.theirs.outcome
    if not isinstance(ours, Measured) or not isinstance(theirs, Measured):
        yield _standing(two.ours, two.theirs)
        return
    shelf, numbers = metrics(), {each.metric: each for each in theirs.measurements}
    also = _also(two)
    for measurement in ours.measurements:
        metric = shelf.get(measurement.metric)
        if metric is None or (metric.per and not metric.exact):
            continue
        change = _of_metric(two, metric, measurement, numbers.get(metric.name))
        yield replace(change, why="; ".join([change.why, *also])) if _worth_telling(change) else change


def _also(two: _Two) -> tuple[str, ...]:
    return changed(two.ours.record, two.theirs.record) if two.ours.record and two.theirs.record else ()


def _worth_telling(change: Change) -> bool:
    return change.judgement in (Judgement.REGRESSION, Judgement.IMPROVEMENT, Judgement.SUSPICIOUS)


def _of_metric(two: _Two, metric: Metric, before: Measurement, after: Measurement | None) -> Change:
    trial = two.theirs.trial
    if after is None:
        gone = weighing.estimated(before, metric)
        blank = weighing.blank(trial, metric, weighing.kind_of(two.probe.kind, metric, before))
        return replace(blank, before=gone, why="measured before, and not now")
    pair = Pair(trial, metric, before, after)
    bars = two.differing(metric)
    if bars:
        return replace(pair.blank, judgement=Judgement.NOT_COMPARABLE, why="; ".join(bars))
    kind = pair.blank.kind
    try:
        if kind == "exact":
            return weighing.exact(pair) if metric.exact else weighing.reading(pair)
        if kind == "time":
            return weighing.time(pair, two.machine(), two.least)
        return weighing.seeds(pair) if kind == "seeds" else weighing.data(pair, lambda: two.paired)
    except ValueError as error:
        return replace(pair.blank, why=str(error))


def _standing(before: Entry | None, after: Entry | None) -> Change:
    """A trial as a whole, where at least one side has no numbers of it."""
    entry = after or before
    assert entry is not None
    judgement, why = _of_status(before, after)
    sides = [None if each is None else _as_number(each) for each in (before, after)]
    return replace(
        weighing.blank(entry.trial, STATUS, "exact"), judgement=judgement, before=sides[0], after=sides[1], why=why
    )


def _of_status(before: Entry | None, after: Entry | None) -> tuple[Judgement, str]:
    went = before is not None and isinstance(before.outcome, Measured)
    if after is None:
        return Judgement.INSUFFICIENT_DATA, "recorded before, and not now"
    if isinstance(after.outcome, Measured):
        return Judgement.IMPROVEMENT, f"failed before ({_why(before)}), measured now"
    return (Judgement.REGRESSION if went else Judgement.FAILED), _why(after)


def _as_number(entry: Entry) -> Estimate:
    return WENT if isinstance(entry.outcome, Measured) else FAILS


def _why(entry: Entry | None) -> str:
    match entry.outcome if entry else None:
        case Failed(error):
            return f"failed: {(error.strip().splitlines() or ['no error was told'])[0]}"
        case Skipped(reason):
            return f"skipped: {reason}"
    return "no outcome"


def _notes(before: Side, after: Side, changes: list[Change], new: int) -> Iterator[str]:
    for side in (before, after):
        if side.broken:
            yield f"{side.name}: {side.broken} file{'s' * (side.broken > 1)} that could not be read"
    if new:
        yield f"{new} trial{'s' * (new > 1)} of {after.name} not in {before.name}"
    timed = [change for change in changes if change.kind == "time" and change.effect]
    if timed:
        yield (
            "times are compared by each variant's ratio to the reference of its own run: the two runs did not take "
            "turns, and what slows the reference as much as a variant does not show"
        )
    if any("not calibrated" in change.why for change in timed):
        yield "this machine's own noise is not known: benchbench doctor --calibrate measures it"
