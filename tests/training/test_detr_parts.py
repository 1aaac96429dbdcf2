"""Pictures, losses and schedules of the stand-in's recipe, each by itself."""

from pathlib import Path

import pytest
import torch

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES, draw
from training.detr import data, loss
from training.detr.recipe import Recipe, Schedule
from training.detr.train import fading


@pytest.fixture(scope="module")
def pictures() -> data.Pictures:
    return data.generated(11, 0, 8, 64)


def test_the_batch_of_a_step_is_a_pure_function(pictures: data.Pictures) -> None:
    images, targets = data.batch(pictures, seed=1, step=7, size=4)
    again, same = data.batch(pictures, seed=1, step=7, size=4)
    assert torch.equal(images, again)
    assert torch.equal(targets.boxes, same.boxes)
    assert not torch.equal(images, data.batch(pictures, seed=1, step=8, size=4)[0])


def test_mirroring_moves_boxes_with_their_shapes() -> None:
    marked = torch.zeros((1, 8, 8, 3), dtype=torch.uint8)
    marked[:, 2, 1] = 255
    box = torch.tensor([[1.5 / 8, 2.5 / 8, 1 / 8, 1 / 8]]).repeat(1, 4, 1)
    targets = data.Targets(box, torch.zeros((1, 4), dtype=torch.long), torch.ones((1, 4), dtype=torch.bool))
    centres = set()
    for step in range(12):
        images, moved = data.batch(data.Pictures(marked, targets), seed=0, step=step, size=1)
        row, column = divmod(int(images[0, 0].flatten().argmax()), 8)
        x, y = (moved.boxes[0, 0, :2] * 8).tolist()
        assert (x, y) == pytest.approx((column + 0.5, row + 0.5))
        centres.add(column)
    assert centres == {1, 6}


def test_crowds_are_no_training_targets() -> None:
    index = next(k for k in range(200) if draw(1, k).crowd.any())
    found = data.generated(1, index, 1, 64).targets
    assert int(found.present.sum()) == int((~draw(1, index).crowd).sum())


def test_training_pictures_are_kept(tmp_path: Path) -> None:
    first = data.training_set(tmp_path, seed=3, count=3, side=64)
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    second = data.training_set(tmp_path, seed=3, count=3, side=64)
    assert kept.stat().st_mtime_ns == written
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.targets.labels, second.targets.labels)


def test_the_set_loss_of_the_truth_is_nothing() -> None:
    targets = data.generated(12, 0, 8, 64).targets
    boxes = torch.cat([targets.boxes, torch.rand(8, 2, 4)], 1)
    labels = torch.where(targets.present, targets.labels, len(CATEGORIES))
    logits = 50 * torch.nn.functional.one_hot(torch.cat([labels, torch.full((8, 2), len(CATEGORIES))], 1)).float()
    perfect = loss.set_loss(logits[None], boxes[None], targets, no_object_weight=0.25)
    shifted = loss.set_loss(logits[None], boxes[None] * 0.8, targets, no_object_weight=0.25)
    assert perfect.item() == pytest.approx(0.0, abs=1e-4)
    assert shifted.item() > 0.1


def test_generalised_iou_by_hand() -> None:
    one = torch.tensor([[0.25, 0.25, 0.5, 0.5], [0.25, 0.25, 0.5, 0.5]])
    other = torch.tensor([[0.25, 0.25, 0.5, 0.5], [0.75, 0.75, 0.5, 0.5]])
    assert loss.generalised_iou(one, other).tolist() == pytest.approx([1.0, -0.5], abs=1e-5)


def test_tokens_answer_for_the_smallest_object_above_them() -> None:
    boxes = torch.tensor([[[0.5, 0.5, 1.0, 1.0], [0.25, 0.25, 0.5, 0.5], [0.5, 0.5, 0.1, 0.1], [0.5, 0.5, 1.0, 1.0]]])
    present = torch.tensor([[True, True, True, False]])
    owner, covered = loss.covering(data.Targets(boxes, torch.zeros(1, 4, dtype=torch.long), present), tokens=4)
    assert owner.tolist() == [[1, 0, 0, 0]]
    assert covered.all()


def test_the_rate_rises_stays_high_and_falls_to_nothing() -> None:
    schedule = Schedule(steps=100, peak=1.0, warm_up=10, horizon=150, cool_from=50)
    rates = [schedule.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1, rel=0.01)
    assert max(rates) > 0.95
    assert rates[50] == pytest.approx(0.75)
    assert rates[75] == pytest.approx(0.375)
    assert rates[-1] < 1e-3
    assert rates[20:] == sorted(rates[20:], reverse=True)


def test_a_schedule_that_cools_from_the_start_is_one_half_cosine() -> None:
    schedule = Recipe().dense_schedule()
    assert schedule.rate(750) == pytest.approx(Recipe().dense_rate / 2)
    assert schedule.rate(1500) == pytest.approx(0.0)


def test_the_token_loss_fades_out() -> None:
    assert [fading(step, 4) for step in range(6)] == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert fading(0, 0) == 0.0
