"""Static probes: one subject after another, looked at once."""

from __future__ import annotations

from benchbench.catalog.contracts import StaticProbe
from benchbench.measure.build import Workshop
from benchbench.measure.comparing import Comparison
from benchbench.measure.crew import needs_own_process
from benchbench.measure.job import Job
from benchbench.measure.placing import inputs_for
from benchbench.measure.shelves import keywords
from benchbench.measure.voice import Voice, failed
from benchbench.types import Failed, Json, Measured, Trial


def measure_static(job: Job, workshop: Workshop, voice: Voice) -> None:
    """Every trial still to do, each said as soon as it is done; one that raises is Failed and the next goes on."""
    probe = workshop.shelves.probes[job.cohort.probe.name]
    assert isinstance(probe, StaticProbe)
    comparison = Comparison(job.cohort, workshop) if probe.compares else None
    for done, index in enumerate(job.todo):
        if voice.stopped.is_set():
            return
        trial = job.cohort.trials[index]
        voice.turn(index)
        voice.progress(done, len(job.todo), trial.variant.name)
        looked = _looked_at(trial, probe, workshop, comparison)
        if looked is None:
            voice.again(index)
        else:
            voice.result(index, *looked)


def _looked_at(
    trial: Trial, probe: StaticProbe, workshop: Workshop, comparison: Comparison | None
) -> tuple[Measured | Failed, dict[str, Json]] | None:
    """None where the process has seen too much: its cuts are decided now, and a fresh one repeats them."""
    try:
        built = workshop.build(trial)
        if built.scored and needs_own_process(probe):
            return None
        condition = trial.probe.condition
        inputs = inputs_for(workshop.family, trial.scale, condition, trial.seed)
        subject = comparison.lent(built.subject, trial) if comparison else built.subject
        measurements, notes = probe.measure(subject, inputs, condition, **keywords(trial.probe.settings))
    except Exception as error:
        workshop.forget()
        if probe.refused is None:
            return failed(error), {}
        refusal, words = probe.refused(error)
        return Measured(tuple(refusal), tuple(words)), {}
    told = built.told | (comparison.facts if comparison else {})
    return Measured(tuple(measurements), (*built.said, *notes)), told
