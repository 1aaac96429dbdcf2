"""One run by several processes: `--jobs` here, or the ranks that torchrun has started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchbench import flow, terminal
from benchbench.errors import BenchbenchError
from benchbench.measure import usable_cores


def together(request: flow.Request, run: Callable[[flow.Request], int]) -> int:
    """Run a request; as a rank above 0, work for rank 0, which alone plans, records and reports.

    Answers the run's exit code, or 0 of a rank that has done its part. Raises LostRank where a rank is missing or dies.
    """
    from benchbench.measure.launch import desk_of, ending_well, launched, leading

    launch = launched()
    if launch is None or launch.size == 1:
        return run(request)
    if request.jobs > 1:
        raise BenchbenchError("--jobs and torchrun both start processes", "use one of them")
    desk = desk_of(request.records, launch)
    with ending_well():
        if launch.rank > 0:
            from benchbench.measure.following import follow

            follow(desk, launch)
            return 0
        with leading(desk, launch):
            return run(replace(request, jobs=launch.size, desk=desk))


def warn_of_crowding(request: flow.Request, plan: flow.Plan) -> None:
    """Say where processes that share a score would wait for one another's cores."""
    if request.jobs == 1:
        return
    from benchbench.catalog.probes import PROBES
    from benchbench.measure.launch import launched
    from benchbench.measure.sharding import crowded

    launch = launched()
    here, option = (request.jobs, "--jobs") if launch is None else (launch.here, "--nproc-per-node")
    for cohort in plan.cohorts:
        condition = cohort.probe.condition
        if PROBES[cohort.probe.name].kind == "scored" and condition.device == "cpu":
            words = crowded(here, condition.threads, usable_cores(), option)
            if words:
                terminal.say(f"warning: {cohort.label}: {words}")
