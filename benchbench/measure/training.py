"""One recovery training: build as far as the step, train, keep what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import torch

from benchbench.catalog.contracts import Course, Ground, Subject, Training
from benchbench.errors import CannotTrain
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.assembly import refuse_followers, sow
from benchbench.measure.build import Workshop
from benchbench.measure.cards import Card
from benchbench.measure.environment import cpu_model
from benchbench.measure.filling import changed
from benchbench.measure.grounds import Desk
from benchbench.measure.recoveries import LABELLED, UNLABELLED, Need, resolved
from benchbench.measure.shelves import keywords
from benchbench.types import Json, Trial

Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Trainer:
    """Trains in this process, which is one of so many `processes`; the one that `keeps` writes the artifact."""

    workshop: Workshop
    artifacts: Artifacts
    processes: int = 1
    keeps: bool = True

    def train(self, need: Need, trial: Trial, tell: Tell, stopped: Callable[[], bool]) -> None:
        """Train the step that is needed for this trial. Raises Stopped, BadData, CannotTrain, and what cuts raise."""
        prefix = need.variant_prefix
        refuse_followers(prefix.steps, self.workshop.shelves)
        before = replace(trial, variant=replace(prefix, steps=prefix.steps[: need.index]))
        subject, _ = self.workshop.assembled(before, trained=True)
        if len(subject.surgery) != need.index:
            raise CannotTrain(f"a step before '{need.use.name}' tells not what it did, so that it cannot be repeated")
        desk = Desk(self.workshop, trial, need.use)
        desk.refuse_overlap()
        ground = Ground(
            labelled=lambda: desk.samples(LABELLED),
            unlabelled=lambda: desk.samples(UNLABELLED),
            teacher=desk.teacher,
            input=keywords(trial.scale.input),
            folder=self.artifacts.training(need.key),
            tell=tell,
            stopped=stopped,
        )
        sow(trial.seed)
        course = self._step(need).train(subject, ground, **keywords(need.use.settings))
        if self.keeps:
            self._keep(need, before, subject, course, desk.surgery)

    def _step(self, need: Need) -> Training:
        step = self.workshop.shelves.steps[need.use.name]
        assert isinstance(step, Training)
        return step

    def _keep(self, need: Need, before: Trial, subject: Subject, course: Course, taught: list[Json] | None) -> None:
        """Write down the tensors that differ from those of the checkpoint with the same cuts."""
        step, surgery = self._step(need), [dict(entry) for entry in subject.surgery[: need.index]]
        weights = self.workshop.weights(before, trained=True)
        start = None if weights.kind == "random" else self.workshop.cut_alike(before, surgery).model
        tensors = changed(need.use.name, subject.model, start)
        recipe, made = resolved(need.use, step), _made(self.processes)
        entry: dict[str, Json] = {"step": need.use.name, "version": step.version, "settings": recipe}
        entry |= {"teacher": taught, "artifact": None, "key": need.key, "course": _plain(course)}
        entry |= {"seed": before.seed, "made": made}
        card = Card(
            key=need.key,
            step=need.use.name,
            recipe=recipe,
            parts=dict(need.parts),
            parent=weights.fingerprint,
            data=_data(need),
            surgery=[*surgery, entry],
            course=course,
            metrics={"last loss": course.curve[-1][1]} if course.curve else {},
            made=made,
        )
        self.artifacts.keep(need.key, tensors, card)


def _data(need: Need) -> dict[str, str]:
    steps = need.parts["steps"]
    assert isinstance(steps, list)
    found = steps[need.index]
    assert isinstance(found, dict)
    data = found["data"]
    assert isinstance(data, dict)
    return {name: str(fingerprint) for name, fingerprint in data.items()}


def _plain(course: Course) -> dict[str, Json]:
    plain: dict[str, Json] = asdict(course)
    return plain | {"curve": [list(point) for point in course.curve], "updates": dict(course.updates)}


def _made(processes: int) -> dict[str, Json]:
    hardware = torch.cuda.get_device_name() if torch.cuda.is_available() else cpu_model()
    told = f"{processes} × {hardware}" if processes > 1 else hardware
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"hardware": told, "torch": str(torch.__version__), "threads": torch.get_num_threads(), "at": at}
