"""What a batch does to the numbers of an image: padding in DETR, a toy that looks at its neighbours, and nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchbench.catalog.contracts import Sample, Samples, Subject
from benchbench.catalog.families.vit import FAMILY as VIT
from benchbench.catalog.formulas.rows import Arrays, Rows, gather
from benchbench.catalog.probes import coco_ap, top1
from benchbench.errors import BadData
from benchbench.measure.crew import Crew
from benchbench.measure.reading import Reader
from benchbench.measure.sensitivity import IMAGES, LEAST, First, OneByOne, head, same
from benchbench.types import Condition, Measured
from tests import lively_detr, lively_vit
from tests.measure.cohorts import BASE, cohort, measure_toys, misbehaving, results, use, variant, work


class Pictures:
    """Images of noise of these sizes; `read` counts how often each was decoded."""

    fingerprint = "noise"

    def __init__(self, sizes: Sequence[tuple[int, int]], target: Callable[[int], Arrays]) -> None:
        self.sizes, self.target, self.read = sizes, target, [0] * len(sizes)

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> Sample:
        self.read[index] += 1
        generator = np.random.default_rng(index)
        image = generator.integers(0, 256, (*self.sizes[index], 3), dtype=np.uint8)
        return Sample(index + 1, image, self.target(index))


def rows_of(check: OneByOne, subject: Subject) -> Rows:
    """As a scored cohort comes to its rows."""
    reader = Reader(check.samples, check.family, check.settings, check.condition.batch)
    ids: list[int] = []
    rows: list[Arrays] = []
    for batch in map(reader.batch, range(len(reader))):
        with torch.inference_mode():
            outputs = subject.compute(**batch.inputs)
        for prediction, target in zip(
            check.family.predict(subject.model, outputs, batch.sizes), batch.targets, strict=True
        ):
            rows.append(check.probe.score(prediction, target))
        ids += batch.ids
    return gather(ids, rows)


def notes(check: OneByOne, subject: Subject) -> list[str]:
    return check.notes(subject, rows_of(check, subject), lambda: None)


def detr(sizes: Sequence[tuple[int, int]], batch: int = 3) -> tuple[OneByOne, Subject]:
    """A tiny DETR on images whose truth is what it sees in each by itself."""
    subject, settings = lively_detr.subject(), {"shorter": 64, "longer": 128}
    truth: dict[int, Arrays] = {}
    samples = Pictures(sizes, lambda index: truth.get(index, {}))
    for index in range(len(sizes)):
        single = Reader(samples, subject.family, settings, 1).batch(index)
        with torch.inference_mode():
            [found] = subject.family.predict(subject.model, subject.compute(**single.inputs), single.sizes)
        boxes = found["boxes"].astype(np.float64)
        truth[index] = {
            "boxes": boxes,
            "categories": found["categories"],
            "areas": boxes[:, 2] * boxes[:, 3],
            "crowd": np.zeros(len(boxes), bool),
            "ids": np.arange(len(boxes)) + 100 * index + 1,
        }
    return OneByOne(samples, subject.family, settings, coco_ap.PROBE, {}, Condition(batch=batch)), subject


def test_padding_that_costs_detr_precision_is_told() -> None:
    check, subject = detr([(64, 64), (64, 128), (128, 64), (64, 96), (96, 64)])
    [note] = notes(check, subject)
    assert note.startswith("AP over the first 4 images is 100.0 pt one by one and ")
    assert " pt in batches of 3: it depends on the batch, in which images are padded to the size of the largest" in note
    assert "; so do " in note
    assert float(note.split(" and ")[1].split()[0]) < 99


def test_images_of_one_size_are_the_same_in_any_batch() -> None:
    check, subject = detr([(64, 96)] * 5)
    assert notes(check, subject) == []


def vit(count: int = 5, batch: int = 4, samples: Samples | None = None) -> tuple[OneByOne, Subject]:
    pictures = samples or Pictures([(32, 32)] * count, lambda index: {"label": np.array(index % 7)})
    return OneByOne(pictures, VIT, {"side": 32}, top1.PROBE, {}, Condition(batch=batch)), lively_vit.subject()


def test_a_model_that_looks_at_its_neighbours_is_told_without_padding() -> None:
    check, subject = vit(14, 7)
    model = subject.model

    def neighbours(**inputs: Any) -> Any:
        outputs = model(**inputs)
        # In a batch of its own each image is taken for the first class.
        outputs.logits = torch.eye(7)[torch.arange(len(outputs.logits)) % 7]
        return outputs

    subject = replace(subject, model=Called(neighbours))
    assert notes(check, subject) == [
        "top1 over the first 4 images is 25.00 pt one by one and 100.00 pt in batches of 7: it depends on the batch, "
        "although none is padded in it; so do top5"
    ]


class Called(torch.nn.Module):
    def __init__(self, call: Callable[..., Any]) -> None:
        super().__init__()
        self.call = call

    def forward(self, **inputs: Any) -> Any:
        return self.call(**inputs)


def test_nothing_is_said_of_rounding() -> None:
    check, subject = vit(6, 6)
    assert notes(check, subject) == []


@pytest.mark.parametrize(("batch", "runtime"), [(1, False), (4, True)])
def test_batches_of_one_and_compiled_models_are_not_run_again(batch: int, runtime: bool) -> None:
    check, subject = vit(batch=batch)
    rows = rows_of(check, subject)

    def refuse(**_: Any) -> Any:
        raise AssertionError("run again")

    subject.model = Called(refuse)
    subject.executable = refuse if runtime else None
    assert check.notes(subject, rows, lambda: None) == []


def test_what_cannot_be_scored_alone_is_told() -> None:
    check, subject = vit()
    rows = rows_of(check, subject)
    with torch.no_grad():
        subject.model.get_parameter("classifier.bias")[0] = float("nan")
    [note] = check.notes(subject, rows, lambda: None)
    assert note.startswith("one by one, the first 4 images cannot be scored: image 1: ")


def test_images_of_which_nothing_can_be_summarised_say_nothing() -> None:
    def none(*_: object, **__: object) -> dict[str, float]:
        raise BadData("no image counts")

    check, subject = vit(14, 7)
    rows = rows_of(check, subject)
    blind = replace(check, probe=replace(check.probe, summarise=none))
    other = Rows(rows.ids, {**rows.columns, "correct1": ~rows.columns["correct1"].astype(bool)}, rows.counts)
    assert blind.notes(subject, other, lambda: None) == []
    assert check.notes(subject, other, lambda: None) != []


def test_only_the_first_images_are_run_and_decoded_once() -> None:
    pictures = Pictures([(32, 32)] * (LEAST + 5), lambda index: {"label": np.array(index % 7)})
    samples = First(pictures)
    check, subject = vit(samples=samples)
    turns: list[int] = []
    rows = rows_of(check, subject)
    check.notes(subject, rows, lambda: turns.append(1))
    check.notes(subject, rows, lambda: turns.append(1))
    assert len(turns) == 2 * LEAST
    assert pictures.read == [1] * len(samples)
    assert samples.fingerprint == "noise"


@pytest.mark.parametrize(("images", "run"), [(1, 1), (4, 4), (100, 4), (320, 10), (5000, 16)])
def test_a_small_share_of_the_images_is_run(images: int, run: int) -> None:
    turns: list[int] = []
    check, subject = vit(images)
    first, _ = vit(min(images, IMAGES))
    assert check.notes(subject, rows_of(first, subject), lambda: turns.append(1)) == []
    assert len(turns) == run


def test_the_head_of_ragged_rows() -> None:
    parts: list[Arrays] = [{"value": np.arange(count)} for count in (2, 0, 3)]
    rows = gather([5, 6, 7], parts)
    assert same(head(rows, 2), gather([5, 6], parts[:2]))
    assert not same(head(rows, 2), gather([5, 7], parts[:2]))
    assert not same(rows, gather([5, 6, 7], [*parts[:2], {"value": np.array([0, 1, 3])}]))


def test_not_a_number_is_the_same_as_itself() -> None:
    one = gather([1], [{"value": np.array([np.nan, 1.0])}])
    assert same(one, one)
    assert not same(one, gather([1], [{"value": np.array([0.0, 1.0])}]))


MINGLED = variant("mingled", use("mingle"))


@pytest.mark.integration
def test_an_arm_is_told_of_in_its_record_and_the_same_after_a_kill(tmp_path: Path, crew: Crew) -> None:
    def told(*more: Any) -> dict[str, Any]:
        whole = cohort("accuracy", BASE, MINGLED, *more, dataset=use("dots", count=5), batch=3)
        found = results(list(measure_toys(whole, work(tmp_path), crew)))
        return {name: result.outcome for name, result in found.items()}

    first = told()
    assert isinstance(first["base"], Measured)
    assert isinstance(first["mingled"], Measured)
    assert not any("one by one" in note for note in first["base"].notes)
    [note] = [note for note in first["mingled"].notes if "one by one" in note]
    assert note.startswith("error over the first 4 images is ")
    assert note.endswith("in batches of 3: it depends on the batch, although none is padded in it; so do worst")
    # The third call is the check's own first one.
    again = told(misbehaving("die", after=2, until=str(tmp_path / "died")))
    assert (tmp_path / "died").exists()
    assert {name: again[name] for name in first} == first
    assert again["die"] == first["base"]


@pytest.mark.integration
def test_several_processes_tell_the_same(tmp_path: Path, crew: Crew) -> None:
    asked = cohort("accuracy", BASE, MINGLED, dataset=use("dots", count=12), batch=3)
    one, two = (
        {
            name: result.outcome
            for name, result in results(
                list(measure_toys(asked, replace(work(tmp_path / str(jobs)), jobs=jobs), crew))
            ).items()
        }
        for jobs in (1, 2)
    )
    assert one == two
    assert isinstance(one["mingled"], Measured)
    assert any("one by one" in note for note in one["mingled"].notes)
