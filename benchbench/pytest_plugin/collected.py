"""A suite file as pytest collects it: an item for each trial, for each claim, and for each trial beside a baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from benchbench.errors import BenchbenchError
from benchbench.lineage import is_timed, metrics, seeded
from benchbench.pytest_plugin.board import Board
from benchbench.pytest_plugin.gate import Gate, pass_or_not
from benchbench.report.ci import Standing, facts, names, seconds, standing
from benchbench.sides import place_of
from benchbench.types import Claim, Entry, Failed, Measured, Place, Skipped, Trial


class SuiteFile(pytest.File):
    """Lays the suite out when it is collected, and ends what is being measured when its last item is done."""

    board: Board
    gate: Gate

    def collect(self) -> Iterable[pytest.Item]:
        """Trials in the order in which they are measured, then claims, then gates where there is a baseline.

        Raises InvalidSuite with every complaint, UnknownName for a baseline that there is not.
        """
        self.board = Board(self.path, self.config)
        trials = self.board.trials
        for trial, name in zip(trials, names(trials), strict=True):
            yield _trial_item(self, trial, _named(trial, name))
        for claim in self.board.plan.suite.claims:
            item = ClaimItem.from_parent(self, name=f"claim/{claim.id}")
            item.claim = claim
            yield item
        baseline = self.config.getoption("--benchbench-baseline") or self.config.getini("benchbench_baseline")
        if baseline:
            yield from self._gates(str(baseline))

    def _gates(self, baseline: str) -> Iterator[pytest.Item]:
        exact = bool(self.config.getoption("--benchbench-tier"))
        self.gate = Gate(baseline, self.board.request, self.board.plan.suite.reference, exact=exact)
        self.gate.check()
        groups: dict[str, list[Trial]] = {}
        for trial in self.board.trials:
            groups.setdefault(place_of(trial), []).append(trial)
        alone = [_seedless(trials[0]) for trials in groups.values()]
        for trials, name in zip(groups.values(), names(alone), strict=True):
            item = GateItem.from_parent(self, name=f"gate/{_named(trials[0], name)}")
            item.trials = tuple(trials)
            yield item

    def wanted(self) -> list[Trial]:
        """The trials of the items that were not deselected; a gate wants its trial as much as its own item does."""
        return [trial for item in self._selected() if isinstance(item, TrialItem | GateItem) for trial in item.trials]

    def settle(self) -> None:
        """Measure what the gates that were not deselected want."""
        wanted = self.wanted()
        for item in self._selected():
            for trial in item.trials if isinstance(item, GateItem) else ():
                self.board.entry(trial, wanted)

    def _selected(self) -> list[pytest.Item]:
        return [item for item in self.session.items if item.parent is self]

    def teardown(self) -> None:
        self.board.close()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """A complaint that the user can mend, without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, BenchbenchError) else super().repr_failure(excinfo)


class TrialItem(pytest.Function):
    """One trial: measured when it runs. It is a function so that fixtures reach it."""

    trial: Trial

    @property
    def trials(self) -> tuple[Trial, ...]:
        return (self.trial,)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return _where(self, self.trial.variant.place)


class ClaimItem(pytest.Item):
    """One claim, judged by what was measured before it and what is recorded."""

    claim: Claim

    def runtest(self) -> None:
        """Passes, fails or skips with the verdict's own reason."""
        file = self.parent
        assert isinstance(file, SuiteFile)
        verdict = file.board.verdicts[self.claim.id]
        told = f"{verdict.ruling.value}: {verdict.reason}"
        stands = standing(verdict)
        if stands is Standing.SKIPPED:
            pytest.skip(told)
        if stands is Standing.FAILED:
            if self.config.getoption("--benchbench-refuted") == "xfail":
                pytest.xfail(told)
            pytest.fail(told, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return _where(self, self.claim.place)


class GateItem(pytest.Item):
    """One trial, all of its trainings, beside the baseline; what gates want is measured before the first is judged."""

    trials: tuple[Trial, ...]

    def runtest(self) -> None:
        """Fails on a regression, skips where something is open, passes where every metric is as good."""
        file = self.parent
        assert isinstance(file, SuiteFile)
        file.settle()
        wanted = file.wanted()
        entries = [file.board.entry(trial, wanted) for trial in self.trials]
        entry = next((each for each in entries if isinstance(each.outcome, Measured)), entries[0])
        pass_or_not(file.gate.name, file.gate.changes.get(place_of(entry.trial), ()), entry)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return _where(self, self.trials[0].variant.place)


class Unmeasured(Exception):
    """Ends a benchmark that has no rounds."""


def _where(item: pytest.Item, place: Place) -> tuple[Path, int | None, str]:
    return item.path, place.line - 1 if place.line else None, item.name


def _named(trial: Trial, name: str) -> str:
    return f"{trial.scale.name}/{trial.probe.name}/{name}".replace("::", ":")


def _seedless(trial: Trial) -> Trial:
    return replace(trial, seed=0) if seeded(trial.variant, trial.probe) else trial


def _trial_item(file: SuiteFile, trial: Trial, name: str) -> TrialItem:
    is_benchmark = is_timed(trial.probe) and file.config.pluginmanager.hasplugin("benchmark")
    replay = Replay()
    item: TrialItem = TrialItem.from_parent(
        file, name=name, callobj=_timed(file, trial, replay) if is_benchmark else _untimed(file, trial)
    )
    item.trial = trial
    if is_benchmark:
        group = f"{trial.scale.name} / {trial.probe.name}"
        item.add_marker(pytest.mark.benchmark(timer=replay, group=group, min_rounds=1, warmup=False))
    return item


def _untimed(file: SuiteFile, trial: Trial) -> Callable[[], None]:
    def measured() -> None:
        _pass_or_not(file.board.entry(trial, file.wanted()))

    return measured


def _timed(file: SuiteFile, trial: Trial, replay: Replay) -> Callable[..., None]:
    def measured(benchmark: Any) -> None:
        entry = file.board.entry(trial, file.wanted())
        rounds, about = _rounds(entry)
        if rounds:
            benchmark.extra_info.update(about)
            replay.load(rounds)
            benchmark.pedantic(lambda: None, rounds=len(rounds), iterations=1)
        elif not isinstance(entry.outcome, Skipped):
            _unused(benchmark, replay)
        _pass_or_not(entry)

    return measured


def _rounds(entry: Entry) -> tuple[Sequence[float], dict[str, object]]:
    """The first timed metric's rounds in seconds a call, and what they are of."""
    known = metrics()
    for measurement in getattr(entry.outcome, "measurements", ()):
        metric = known[measurement.metric]
        if found := seconds(measurement, metric, entry.trial.probe.condition):
            return found, facts(entry, metric)
    return (), {}


def _unused(benchmark: Any, replay: Replay) -> None:
    """Tell pytest-benchmark that there is nothing to keep of this one."""

    def unmeasured() -> None:
        raise Unmeasured

    replay.load((0.0,))
    with pytest.raises(Unmeasured):
        benchmark.pedantic(unmeasured, rounds=1, iterations=1)


def _pass_or_not(entry: Entry) -> None:
    outcome = entry.outcome
    if isinstance(outcome, Failed):
        pytest.fail("\n".join(filter(None, (outcome.error, outcome.log))), pytrace=False)
    if isinstance(outcome, Skipped):
        pytest.skip(f"{outcome.reason} → {outcome.remedy}")


class Replay:
    """A timer that reads what the engine's clock read: pytest-benchmark takes two readings for each round."""

    __name__ = "benchbench"

    def __init__(self) -> None:
        self._readings: Iterator[float] = iter(())

    def load(self, rounds: Sequence[float]) -> None:
        """Seconds of each round, as they were measured."""
        self._readings = chain.from_iterable((0.0, each) for each in rounds)

    def __call__(self) -> float:
        return next(self._readings)
