"""Scored probes: the data once for the whole cohort, every variant on every batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.catalog.contracts import Absent, Samples, ScoredProbe
from benchbench.catalog.formulas.rows import Arrays, Rows, save
from benchbench.catalog.row_scoring import accepted, scorer
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from benchbench.measure.build import Built, Workshop
from benchbench.measure.chunks import MAIN, Chunks
from benchbench.measure.job import Job
from benchbench.measure.journal import digest
from benchbench.measure.pictures import PICTURES, gathered, pictured, write
from benchbench.measure.placing import placed
from benchbench.measure.prefixes import Prefixes, free
from benchbench.measure.prepared import kept_for
from benchbench.measure.reading import DEEPEST, ROOM, Batch, Reader
from benchbench.measure.row_chunks import LAYOUT, PREDICTIONS, ROWS, join, pack
from benchbench.measure.sensitivity import First, OneByOne
from benchbench.measure.sharding import check, held, images_in
from benchbench.measure.shelves import keywords
from benchbench.measure.starting import starting
from benchbench.measure.voice import Voice, failed
from benchbench.types import Json, Measured, Measurement, Trial
from benchbench.whole_files import writing


@dataclass(frozen=True, eq=False)
class Arm:
    """A variant on the data. `stamp` tells what its chunks depend on: weights, cuts, data and layout."""

    index: int
    trial: Trial
    built: Built
    stamp: str

    def key(self, batch: int) -> str:
        return f"{self.stamp}/{batch}"


def measure_scored(job: Job, workshop: Workshop, voice: Voice) -> None:
    """Run every variant on every batch, keep its rows, and summarise them. An arm that raises is Failed, alone."""
    scoring = Scoring(job, workshop, voice)
    voice.progress(0, 0, f"opening {job.cohort.scale.dataset.name}")
    try:
        with voice.nothing_to_finish():
            samples = First(located(job, workshop))
        if not scoring.build(samples):
            return
        if job.shard is not None and job.shard.surveys:
            scoring.survey(samples)
        elif scoring.run(samples) and job.shard is None:
            scoring.summarise(samples)
    except Exception as error:
        scoring.give_up(error)
    except KeyboardInterrupt:
        if not voice.stopped.is_set():
            raise


def located(job: Job, workshop: Workshop) -> Samples:
    """The scale's dataset, opened. Raises BadData where it is absent."""
    use = job.cohort.scale.dataset
    found = workshop.shelves.datasets[use.name].locate(**keywords(use.settings))
    if isinstance(found, Absent):
        raise BadData(found.reason, found.remedy)
    return found.open()


class Scoring:
    def __init__(self, job: Job, workshop: Workshop, voice: Voice) -> None:
        probe = workshop.shelves.probes[job.cohort.probe.name]
        assert isinstance(probe, ScoredProbe)
        self._job, self._probe, self._voice = job, probe, voice
        self._condition = job.cohort.probe.condition
        self._settings = keywords(job.cohort.probe.settings)
        self._score = scorer(probe, self._settings)
        self._workshop = workshop
        self._log = Chunks(job.work.journal, job.shard.log if job.shard else MAIN)
        self._left = list(job.todo)
        self._arms: list[Arm] = []
        self._prefixes = Prefixes({}, 0)

    def build(self, samples: Samples) -> bool:
        """Every arm, one after another; False when asked to stop on the way."""
        for index in self._job.todo:
            if self._voice.stopped.is_set():
                return False
            trial = self._job.cohort.trials[index]
            self._voice.turn(index)
            self._voice.progress(0, len(samples), f"building {trial.variant.name}")
            try:
                with self._voice.nothing_to_finish():
                    built = self._workshop.build(trial)
            except Exception as error:
                self._fail(index, error)
                continue
            made_of = [built.facts["weights_fingerprint"], built.facts["surgery"], samples.fingerprint, LAYOUT]
            self._arms.append(Arm(index, trial, built, digest([*made_of, trial.variant.name])))
        return True

    def run(self, samples: Samples) -> bool:
        """Every arm on every batch that it has not done before; False when asked to stop on the way."""
        reader = self._reader(samples)
        missing = self._missing(len(reader))
        done = 0 if self._job.shard else len(samples) - images_in(missing, len(samples), reader.size)
        self._prefixes = self._common()
        for stretch in reader.stretches(missing):
            for arm, piece in self._prefixes.turns(self._arms, stretch):
                if piece[0].number == missing[0] and arm.built.subject.executable is not None:
                    self._voice.progress(0, len(samples), starting(arm.trial))
                self._stretch(arm, piece)
                if self._voice.stopped.is_set():
                    return False
            if not self._arms:
                break
            done += images_in([batch.number for batch in stretch], len(samples), reader.size)
            text = f"{done} of {len(samples)} images, {len(self._arms)} variants{self._prefixes.words}"
            self._voice.progress(done, len(samples), text)
        return True

    def survey(self, samples: Samples) -> None:
        """Say which batches are missing, and what a process needs: one variant's turn on one of them tells."""
        reader = self._reader(samples)
        missing = self._missing(len(reader))
        waiting = 0
        if missing and self._arms:
            batch = reader.batch(missing[0])
            self._stretch(self._arms[0], [batch])
            waiting = min(ROOM, DEEPEST * batch.nbytes)
        self._voice.survey(self._missing(len(reader)), len(samples), reader.size, held() + waiting)

    def summarise(self, samples: Samples) -> None:
        """Say what every arm's rows come to."""
        batches = range((len(samples) + self._condition.batch - 1) // self._condition.batch)
        family, settings = self._workshop.family, self._job.cohort.scale.input
        alone = OneByOne(samples, family, settings, self._probe, self._settings, self._condition)
        for arm in list(self._arms):
            if self._voice.stopped.is_set():
                return
            self._voice.turn(arm.index)
            self._voice.progress(len(samples), len(samples), f"summarising {arm.trial.variant.name}")
            try:
                self._say(arm, [self._log.read(arm.key(number)) for number in batches], samples, alone)
            except Exception as error:
                self._drop(arm, error)

    def give_up(self, error: Exception) -> None:
        """Everything that is left is Failed for one reason."""
        for index in list(self._left):
            self._fail(index, error)

    def _reader(self, samples: Samples) -> Reader:
        scale, pictures = self._job.cohort.scale, self._job.work.pictures
        kept = kept_for(self._job, self._workshop, samples)
        return Reader(samples, self._workshop.family, scale.input, self._condition.batch, pictures, kept)

    def _missing(self, batches: int) -> list[int]:
        """The batches that are this process's to do and that any arm lacks."""
        shard = self._job.shard
        span = range(batches) if shard is None or shard.surveys else range(shard.start, shard.stop)
        return [number for number in span if any(self._lacks(arm, number) for arm in self._arms)]

    def _common(self) -> Prefixes:
        """What the arms share that run eagerly; processes that divide the pass divide the memory for it, too."""
        eager = {arm.index: arm.built.subject.model for arm in self._arms if arm.built.subject.executable is None}
        return Prefixes(eager, free(self._condition.device) // max(1, self._job.work.jobs))

    def _lacks(self, arm: Arm, number: int) -> bool:
        return arm.key(number) not in self._log

    def _stretch(self, arm: Arm, stretch: Sequence[Batch]) -> None:
        """An arm's turns on the batches that it lacks, until one fails or the conductor wants no more."""
        for batch in stretch:
            if self._lacks(arm, batch.number) and arm in self._arms and not self._voice.stopped.is_set():
                self._turn(arm, batch)

    def _turn(self, arm: Arm, batch: Batch) -> None:
        self._voice.turn(arm.index)
        subject = arm.built.subject
        try:
            with self._prefixes.turn(arm.index, batch.number):
                outputs = subject.compute(**placed(batch.inputs, self._condition))
            predictions = self._workshop.family.predict(subject.model, outputs, batch.sizes)
            rows = [self._score(*each) for each in zip(batch.ids, predictions, batch.targets, strict=True)]
            kept = [self._probe.archived(prediction) for prediction in predictions]
            chunk = pack(batch.ids, rows, kept) | pictured(batch, predictions)
        except Exception as error:
            self._drop(arm, error)
        else:
            self._log.append(arm.key(batch.number), chunk)

    def _say(self, arm: Arm, chunks: Sequence[Arrays], samples: Samples, alone: OneByOne) -> None:
        check(chunks, len(samples), self._condition.batch)
        rows = join(ROWS, chunks)
        if rows is None:
            raise BadData("the dataset has no images")
        numbers = self._probe.summarise(rows, **self._settings)
        limits = self._probe.intervals(
            rows, self._job.work.resamples, arm.trial.seed, **accepted(self._probe.intervals, self._settings)
        )
        known = {metric.name: metric for metric in self._probe.metrics}
        held = {name: known[name].held(numbers[name], *each) for name, each in limits.items()}
        told = [Measurement(name, (float(value),), {}, held.get(name)) for name, value in numbers.items()]
        batching = alone.notes(arm.built.subject, rows, lambda: self._voice.turn(arm.index))
        notes = [*self._probe.notes(rows, **self._settings), *batching]
        files = self._files(arm, {ROWS: rows, PREDICTIONS: join(PREDICTIONS, chunks)}, gathered(chunks))
        self._left.remove(arm.index)
        facts = arm.built.told | self._facts(samples)
        self._voice.result(arm.index, Measured(tuple(told), (*arm.built.said, *notes)), facts, files)

    def _files(self, arm: Arm, parts: Mapping[str, Rows | None], pictures: Arrays) -> dict[str, Path]:
        folder = self._job.work.journal / str(arm.index)
        files = {f"{name}.npz": (folder / f"{name}.npz", rows) for name, rows in parts.items() if rows is not None}
        with writing(folder):
            folder.mkdir(exist_ok=True)
            for path, rows in files.values():
                save(rows, path)
        found = {name: path for name, (path, _) in files.items()}
        if pictures:
            found[f"{PICTURES}.npz"] = folder / f"{PICTURES}.npz"
            with writing(folder):
                write(pictures, found[f"{PICTURES}.npz"])
        return found

    def _facts(self, samples: Samples) -> dict[str, Json]:
        facts: dict[str, Json] = {"data_fingerprint": samples.fingerprint, "images": len(samples)}
        takes = settings_of(self._probe.summarise)
        if "evaluator" in takes:
            facts["evaluator"] = str(self._settings.get("evaluator", takes["evaluator"].default))
        return facts

    def _drop(self, arm: Arm, error: Exception) -> None:
        self._arms.remove(arm)
        self._fail(arm.index, error)

    def _fail(self, index: int, error: Exception) -> None:
        self._left.remove(index)
        self._voice.result(index, failed(error), {})
