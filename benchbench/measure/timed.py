"""Timed probes: all variants in one process, taking turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchbench.catalog.contracts import TimedProbe
from benchbench.measure.build import Built, Workshop, twin
from benchbench.measure.device_notes import device_notes
from benchbench.measure.job import Job
from benchbench.measure.memory import groups
from benchbench.measure.meters import Meters
from benchbench.measure.notes import notes
from benchbench.measure.placing import inputs_for
from benchbench.measure.round_log import RoundLog
from benchbench.measure.rounds import Plan, Round, attempt, last, measurement, played, widest
from benchbench.measure.shelves import keywords
from benchbench.measure.starting import starting
from benchbench.measure.timekeeping import timekeeper
from benchbench.measure.turns import Broken, take_turns
from benchbench.measure.voice import Voice, failed
from benchbench.types import Measured, Trial


@dataclass(frozen=True)
class Arm:
    """One that takes turns. `index` is its trial's in the cohort; the twin's is its reference's."""

    index: int
    trial: Trial
    built: Built
    call: Callable[[], object]

    @property
    def name(self) -> str:
        return self.trial.variant.name


def measure_timed(job: Job, workshop: Workshop, voice: Voice, meters: Meters | None = None) -> None:
    """Time a cohort, in as few groups as fit into memory, each with the reference and its twin."""
    timing = _Timing(job, workshop, voice, meters or Meters())
    try:
        pair = timing.pair()
        rest = [index for index in job.todo if index != pair[0].index]
        for group in groups(rest, pair[0].built.nbytes, timing.room()):
            timing.time(pair, group, share=(len(group) + 1) / (len(rest) + 1))
    except Exception as error:
        timing.give_up(error)
    except KeyboardInterrupt:
        if not voice.stopped.is_set():
            raise


class _Timing:
    def __init__(self, job: Job, workshop: Workshop, voice: Voice, meters: Meters) -> None:
        probe = workshop.shelves.probes[job.cohort.probe.name]
        assert isinstance(probe, TimedProbe)
        self._job, self._probe, self._voice = job, probe, voice
        self._workshop = workshop
        self._condition = job.cohort.probe.condition
        self._seed = job.cohort.trials[0].seed
        self._inputs = inputs_for(workshop.family, job.cohort.scale, self._condition, self._seed)
        self._keeper = timekeeper(self._condition.device, meters)
        self.room = self._keeper.room
        self._log = RoundLog(job.work.journal / "rounds.jsonl")
        self._left = list(job.todo)

    def pair(self) -> tuple[Arm, Arm]:
        """The reference and its twin. Without them nothing can be timed, so that what they raise is everybody's."""
        trials, name = self._job.cohort.trials, self._job.cohort.reference.name
        named = [index for index, trial in enumerate(trials) if trial.variant.name == name]
        index = named[0] if named else len(trials)
        trial = replace(trials[0], variant=self._job.cohort.reference)
        return self._arm(index, trial), self._arm(index, twin(trial))

    def time(self, pair: tuple[Arm, Arm], group: Sequence[int], share: float) -> None:
        """Time a group of arms beside the pair and say their results; `share` of the cohort's seconds is theirs."""
        arms = {arm.name: arm for arm in [*pair, *self._built(group)]}
        budget = replace(self._job.work.budget, seconds=self._job.work.budget.seconds * share)
        plan = Plan(pair[0].name, pair[1].name, tuple(list(arms)[2:]), budget, self._seed)
        self._keeper.rouse([arm.call for arm in arms.values()])
        while (number := attempt(plan, self._log.rounds)) is not None and not self._voice.stopped.is_set():
            try:
                self._log.append(self._round(plan, arms, number))
            except Broken as broken:
                plan = self._without(plan, arms, broken)
            self._tell(plan, number)
        if number is None:
            self._say(plan, arms)

    def give_up(self, error: Exception) -> None:
        """Everything that is left is Failed for one reason."""
        outcome = failed(error)
        for index in self._left:
            self._voice.result(index, replace(outcome, error=f"the reference could not be timed: {outcome.error}"), {})

    def _built(self, group: Sequence[int]) -> list[Arm]:
        """Fewer when asked to stop on the way."""
        arms: list[Arm] = []
        for index in group:
            if self._voice.stopped.is_set():
                return arms
            try:
                arms.append(self._arm(index, self._job.cohort.trials[index]))
            except Exception as error:
                self._fail(index, error)
        return arms

    def _arm(self, index: int, trial: Trial) -> Arm:
        """Built, prepared and warmed up: a fixed number of calls, never "until stable"."""
        self._voice.turn(index)
        self._voice.progress(0, self._job.work.budget.seconds, f"building {trial.variant.name}")
        with self._voice.nothing_to_finish():
            built = self._workshop.build(trial)
        settings = keywords(trial.probe.settings)
        call = self._probe.prepare(built.subject, self._inputs, self._condition, **settings)
        if built.subject.executable is not None:
            self._voice.progress(0, self._job.work.budget.seconds, starting(trial))
        self._keeper.warm(call)
        return Arm(index, trial, built, call)

    def _round(self, plan: Plan, arms: dict[str, Arm], number: int) -> Round:
        calls = {name: arm.call for name, arm in arms.items()}
        played = take_turns(
            plan, calls, self._keeper.meters, number, self._log.rounds, lambda name: self._voice.turn(arms[name].index)
        )
        return replace(played, device=self._keeper.look())

    def _without(self, plan: Plan, arms: dict[str, Arm], broken: Broken) -> Plan:
        """The plan without the arm whose call raised. Raises the cause where it was the reference's or its twin's."""
        assert isinstance(broken.__cause__, Exception)
        if broken.name not in plan.arms:
            raise broken.__cause__
        self._fail(arms.pop(broken.name).index, broken.__cause__)
        return plan.without(broken.name)

    def _tell(self, plan: Plan, number: int) -> None:
        rounds = played(plan, self._log.rounds, number)
        spent = sum(each.seconds for each in rounds)
        text = f"round {len(rounds)}" + (f", ±{widest(plan, rounds):.1%}" if len(rounds) > 1 else "")
        self._voice.progress(spent, plan.budget.seconds, text + (" (repeated)" if number else ""))

    def _say(self, plan: Plan, arms: dict[str, Arm]) -> None:
        for arm in (arms[name] for name in (plan.reference, *plan.arms) if arms[name].index in self._left):
            self._left.remove(arm.index)
            self._voice.result(arm.index, self._measured(plan, arm), arm.built.told)

    def _measured(self, plan: Plan, arm: Arm) -> Measured:
        rounds = self._log.rounds
        told = measurement(
            self._probe.metrics[0].name,
            plan,
            last(plan, rounds),
            arm.name,
            lambda seconds: self._probe.read(seconds, self._condition),
        )
        of_device = device_notes(last(plan, rounds), arm.name, self._condition)
        of_run = notes(plan, rounds, arm.name, self._job.work.threads)
        return Measured((told,), (*of_device, *arm.built.said, *of_run))

    def _fail(self, index: int, error: Exception) -> None:
        self._left.remove(index)
        self._voice.result(index, failed(error), {})
