"""A scored cohort's pass over its data as the engine makes it, and the bare loops over the same batches."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchbench.catalog.contracts import Sample, Samples
from benchbench.flow import Request, plan
from benchbench.measure.job import Job, Work
from benchbench.measure.shelves import CATALOG
from benchbench.types import Budget, Cohort, Scale, Use

DETR = Scale(
    "full", "DETR-R50", "detr", "random", Use("shapes"), {"backbone": "resnet-50"}, {"shorter": 800, "longer": 1333}
)
DEPTH = Scale(
    "full", "Depth Anything ViT-S", "depth-anything", "random", Use("rooms"), {"encoder": "vits"}, {"shorter": 518}
)


def cohort(suite: str, probe: str, images: int, full: Scale | None = None, names: Sequence[str] = ()) -> Cohort:
    """The accuracy cohort of a suite's stand-in, as it stands or these variants of it at another scale."""
    cohorts = plan(Request(suite, fresh=True)).cohorts
    (found,) = (cohort for cohort in cohorts if cohort.label == f"stand-in / {probe}")
    scale = full or found.scale
    scale = replace(scale, dataset=replace(scale.dataset, settings={"seed": 1, "count": images}))
    asked = replace(found.probe, condition=replace(found.probe.condition, threads=1))
    trials = [trial for trial in found.trials if not names or trial.variant.name in names]
    assert len(trials) == len(names or found.trials)
    trials = [replace(trial, scale=scale, probe=asked) for trial in trials]
    return replace(found, scale=scale, probe=asked, trials=tuple(trials))


class Wide:
    """The upper three quarters of square images, as wide as COCO's: at DETR's size they are 800 x 1066."""

    def __init__(self, samples: Samples) -> None:
        self._samples, self.fingerprint = samples, f"{samples.fingerprint}, cropped"

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        found = self._samples[index]
        return replace(found, image=found.image[: found.image.shape[0] * 3 // 4].copy())


class Pass:
    """One cohort, its models built and its batches prepared. One thread."""

    def __init__(self, folder: Path, asked: Cohort) -> None:
        import torch

        from benchbench.measure.build import Workshop
        from benchbench.measure.reading import Reader
        from benchbench.measure.scored import located
        from benchbench.measure.voice import Voice

        torch.set_num_threads(1)
        self.folder, self.job = folder, Job(asked, Work(folder, "run", Budget(), 1), tuple(range(len(asked.trials))))
        self.workshop = Workshop(CATALOG)
        self.workshop.open(asked)
        self.models = [self.workshop.build(trial).subject.model for trial in asked.trials]
        samples = located(self.job, self.workshop)
        self.samples = Wide(samples) if asked.scale == replace(DETR, dataset=asked.scale.dataset) else samples
        reader = Reader(self.samples, self.workshop.family, asked.scale.input, asked.probe.condition.batch)
        self.inputs = [reader.batch(number).inputs for number in range(len(reader))]
        self.voice = Voice(os.open(os.devnull, os.O_WRONLY), os.open(folder / "turn", os.O_RDWR | os.O_CREAT))

    def engine(self) -> dict[tuple[int, int], dict[str, bytes]]:
        """Rows and predictions of each arm and batch."""
        from benchbench.measure.scored import Scoring

        (self.folder / "chunks.log").unlink(missing_ok=True)
        scoring = Scoring(self.job, self.workshop, self.voice)
        scoring.build(self.samples)
        assert scoring.run(self.samples)
        self.last = {
            (arm.index, number): {name: array.tobytes() for name, array in scoring._log.read(arm.key(number)).items()}
            for arm in scoring._arms
            for number in range(len(self.inputs))
        }
        return self.last

    def bare(self) -> float:
        """CPU seconds of the forward passes alone."""
        import torch

        start = time.process_time()
        with torch.inference_mode():
            for model in self.models:
                for inputs in self.inputs:
                    model(**inputs)
        return time.process_time() - start
