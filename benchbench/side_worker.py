"""One of two checkouts at work: run as a script, so that all it imports is that checkout's, but this file is not.

Takes commands as JSON lines on stdin: survey a suite and measure what needs no turns; open a timed cohort; call one of
its arms. Answers with one JSON line and one that says "done". Arguments: the folder to work in, and a file descriptor
that is not used.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchbench.types import Cohort, Trial

Message = dict[str, Any]
TWIN = "(twin)"
"""The arm that is built as the reference, once more."""
LOG_TAIL = 6000


def survey(command: Message) -> Iterator[Message]:
    """Plan a suite, measure what takes no turns into the records, and tell the timed cohorts."""
    from dataclasses import replace

    import benchbench
    from benchbench import flow
    from benchbench.measure.job import Progress
    from benchbench.measure.shelves import CATALOG
    from benchbench.measure.wire import plain

    request = flow.Request(
        command["suite"],
        tuple(command["overrides"]),
        command["select"],
        records=Path(command["records"]),
        allow_code=tuple(command["allowed"]),
    )
    plan = flow.plan(request)

    def is_timed(trial: Trial) -> bool:
        return CATALOG.probes[trial.probe.name].kind == "timed"

    timed = [cohort for cohort in plan.cohorts if is_timed(cohort.trials[0])]
    rest = tuple(cohort for cohort in plan.cohorts if cohort not in timed)
    for event in flow.execute(request, replace(plan, cohorts=rest)):
        text = event.text if isinstance(event, Progress) else event.trial.label
        yield {"say": "progress", "text": text}
    skipped = [entry for entry in plan.entries if entry.outcome != flow.PENDING]
    yield {
        "say": "surveyed",
        "code": str(Path(benchbench.__file__).parent),
        "cohorts": plain(timed),
        "skipped": [[plain(entry.trial), plain(entry.outcome)] for entry in skipped],
    }


class Arms:
    """The models of a timed cohort, built and warmed up, each called when it is told to."""

    def __init__(self, command: Message) -> None:
        from benchbench.measure.artifacts import Artifacts
        from benchbench.measure.build import Workshop
        from benchbench.measure.job import Job, Work
        from benchbench.measure.meters import Meters
        from benchbench.measure.placing import inputs_for
        from benchbench.measure.shelves import CATALOG
        from benchbench.measure.timekeeping import timekeeper
        from benchbench.measure.wire import revive
        from benchbench.measure.worker import prepared
        from benchbench.types import Budget, Cohort

        cohort = self._cohort = revive(Cohort, command["cohort"])
        condition = self._condition = cohort.probe.condition
        journal = Path(command["records"]) / ".journal" / "turns"
        work = Work(journal, "bench-pr", Budget(0.0, 1, 0.0), condition.threads, artifacts=journal / "artifacts")
        self.environment = prepared(Job(cohort, work, ()))
        self._workshop = Workshop(CATALOG)
        artifacts = Artifacts(work.artifacts, work.shipped)
        self._workshop.open(cohort, work.cuts, artifacts, tuple(command["allowed"]))
        self._probe: Any = CATALOG.probes[cohort.probe.name]
        self.metric: str = self._probe.metrics[0].name
        self._inputs = inputs_for(self._workshop.family, cohort.scale, condition, cohort.trials[0].seed)
        self._keeper = timekeeper(condition.device, Meters())
        self._calls: dict[str, Callable[[], object]] = {}

    def build(self, name: str) -> None:
        """Build an arm and warm it up."""
        from benchbench.measure.shelves import keywords

        trial = self._trial(name)
        built = self._workshop.build(trial)
        settings = keywords(trial.probe.settings)
        call = self._probe.prepare(built.subject, self._inputs, self._condition, **settings)
        self._keeper.warm(call)
        self._calls[name] = call

    def rouse(self) -> None:
        self._keeper.rouse(list(self._calls.values()))

    def call(self, name: str) -> Message:
        """One turn of an arm: its value in the probe's metric, and what was read around it."""
        from benchbench.measure.wire import plain

        found = self._keeper.meters.time(self._calls[name])
        return {"say": "called", "value": self._probe.read(found.seconds, self._condition), "call": plain(found)}

    def _trial(self, name: str) -> Trial:
        from dataclasses import replace

        from benchbench.measure.build import twin

        cohort: Cohort = self._cohort
        named = {trial.variant.name: trial for trial in cohort.trials}
        reference = named.get(cohort.reference.name) or replace(cohort.trials[0], variant=cohort.reference)
        return twin(reference) if name == TWIN else named.get(name, reference)


class Desk:
    """Commands to answers."""

    def __init__(self) -> None:
        self._arms: Arms | None = None

    def answers(self, command: Message) -> Iterator[Message]:
        """Raises what the models and the library raise."""
        if command["do"] == "survey":
            yield from survey(command)
        elif command["do"] == "open":
            self._arms = Arms(command)
            yield {"say": "opened", "metric": self._arms.metric, "environment": self._arms.environment}
        elif command["do"] == "build":
            self._opened.build(command["arm"])
            yield {"say": "built"}
        elif command["do"] == "rouse":
            self._opened.rouse()
            yield {"say": "roused"}
        else:
            yield self._opened.call(command["arm"])

    @property
    def _opened(self) -> Arms:
        assert self._arms is not None
        return self._arms


def _failure(error: Exception) -> Message:
    """What was raised; what its user can mend is `refused`."""
    from benchbench.errors import BenchbenchError

    log = "".join(traceback.format_exception(error))[-LOG_TAIL:]
    if isinstance(error, BenchbenchError):
        return {"say": "refused", "error": error.what, "hint": error.hint, "log": log}
    return {"say": "failed", "error": f"{type(error).__name__}: {error}", "hint": "", "log": log}


def main(folder: str) -> None:
    """Answer commands until stdin closes."""
    from benchbench.measure.lifeline import die_with_parent, take_all_along

    die_with_parent()
    take_all_along()
    os.chdir(folder)
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    desk = Desk()
    for line in sys.stdin:
        try:
            for message in desk.answers(json.loads(line)):
                print(json.dumps(message), file=out, flush=True)
        except Exception as error:
            print(json.dumps(_failure(error)), file=out, flush=True)
        print(json.dumps({"say": "done"}), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
