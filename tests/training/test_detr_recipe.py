"""The recipe of the stand-in at the smallest size at which its promises can be checked."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import DetrForObjectDetection

from benchbench.catalog.formulas.shapes_drawing import CATEGORIES, SIZE, draw, instances
from training.detr import checkpoint, data, evaluation, loss, model
from training.detr.initialise import anchors, construct
from training.detr.recipe import Recipe
from training.detr.train import Run, detection_loss, rate_at

TINY = Recipe(
    images=8,
    held_out=4,
    side=64,
    stem=8,
    widths=(16, 32, 32),
    depths=(1, 1, 1),
    feed_forward=32,
    layers=2,
    queries=6,
    batch=4,
    dense_steps=3,
    steps=5,
    warm_up=1,
    evaluate_every=5,
    save_every=2,
)


@pytest.fixture(scope="module")
def pictures() -> data.Pictures:
    return data.generated(11, 0, TINY.images, TINY.side)


@pytest.fixture(scope="module")
def held_out() -> evaluation.HeldOut:
    return evaluation.held_out(12, TINY.held_out, TINY.side)


def started(recipe: Recipe = TINY) -> DetrForObjectDetection:
    torch.manual_seed(0)
    built = model.trainable(recipe)
    construct(built)
    return built


def test_a_few_steps_lower_the_loss(pictures: data.Pictures) -> None:
    built = started().train()
    images, targets = data.normalised(pictures.images), pictures.targets
    optimiser = torch.optim.AdamW(built.parameters(), lr=2e-3)
    losses = []
    for _ in range(12):
        value = detection_loss(built, images, targets, 1.0)
        optimiser.zero_grad()
        torch.autograd.backward(value)
        optimiser.step()
        losses.append(value.item())
    assert losses[-1] < 0.8 * losses[0]


def test_every_parameter_learns(pictures: data.Pictures) -> None:
    """transformers freezes the ResNet by a misspelt name; a model trained so looks plausible and is far worse."""
    built = started().train()
    torch.autograd.backward(detection_loss(built, data.normalised(pictures.images), pictures.targets, 1.0))
    backbone = dict(built.model.backbone.named_parameters())
    assert any("normalization" in name for name in backbone)
    assert all(parameter.requires_grad for parameter in built.parameters())
    silent = [name for name, p in backbone.items() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_frozen_batch_norms_compute_what_live_ones_compute(pictures: data.Pictures) -> None:
    built = started().train()
    images = data.normalised(pictures.images)
    built(pixel_values=images)
    built.eval()
    with torch.no_grad():
        live = built(pixel_values=images)
        model.freeze_batch_norms(built)
        frozen = built(pixel_values=images)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in built.modules())
    torch.testing.assert_close(frozen.logits, live.logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(frozen.pred_boxes, live.pred_boxes, rtol=1e-4, atol=1e-5)


def test_export_reloads_with_the_stock_class(tmp_path: Path, pictures: data.Pictures) -> None:
    built = started().train()
    images = data.normalised(pictures.images)
    built(pixel_values=images)
    model.export(built, TINY, tmp_path)
    reloaded = DetrForObjectDetection.from_pretrained(tmp_path, dtype=torch.float32)
    with torch.no_grad():
        expected, found = built.eval()(pixel_values=images), reloaded.eval()(pixel_values=images)
    assert {tensor.dtype for tensor in load_file(tmp_path / "model.safetensors").values()} == {torch.float16}
    torch.testing.assert_close(found.pred_boxes, expected.pred_boxes, rtol=0.02, atol=0.02)
    names = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["id2label"]
    assert names == {str(k): name for k, name in enumerate(CATEGORIES)}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, pictures: data.Pictures, held_out: evaluation.HeldOut) -> Run:
    run = Run(TINY, tmp_path_factory.mktemp("unbroken"), pictures, held_out)
    run.finish()
    return run


@pytest.mark.parametrize("saves", [1, 2, 3])
def test_a_resumed_run_ends_with_the_same_weights(
    tmp_path: Path, unbroken: Run, monkeypatch: pytest.MonkeyPatch, saves: int
) -> None:
    """Interrupted right after the given save: within the first phase, between the two, within the second."""
    save, left = checkpoint.save, [saves]

    def save_and_die(*arguments: Any) -> None:
        save(*arguments)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    doomed = Run(TINY, tmp_path, unbroken.pictures, unbroken.held_out)
    monkeypatch.setattr(checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        doomed.finish()
    monkeypatch.undo()
    resumed = Run(TINY, tmp_path, unbroken.pictures, unbroken.held_out)
    resumed.finish()
    assert resumed.progress.step == TINY.steps
    for name, expected in unbroken.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], expected), name


def test_the_log_holds_one_row_per_evaluation(unbroken: Run) -> None:
    rows = (unbroken.work / "training_log.csv").read_text(encoding="utf-8").split()
    assert len(rows) == 3
    assert rows[0].startswith("phase,step,images,loss,AP,AP50")
    assert [row.split(",")[:2] for row in rows[1:]] == [["dense", "3"], ["set", "5"]]


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


def truth_as_output(held_out_seed: int, count: int, queries: int) -> tuple[Tensor, Tensor]:
    """Logits and boxes of a model that sees the truth."""
    logits = torch.full((count, queries, len(CATEGORIES) + 1), -20.0)
    logits[..., -1] = 20.0
    boxes = torch.full((count, queries, 4), 0.5)
    for index in range(count):
        drawing = draw(held_out_seed, index)
        for k, (x, y, width, height) in enumerate(drawing.boxes):
            logits[index, k, drawing.categories[k]] = 25.0
            boxes[index, k] = torch.tensor([x + width / 2, y + height / 2, width, height]) / SIZE
    return logits, boxes


class Oracle(nn.Module):
    """Answers with the truth in the form of DetrForObjectDetection."""

    def __init__(self, logits: Tensor, boxes: Tensor) -> None:
        super().__init__()
        self.logits, self.pred_boxes = logits, boxes

    def forward(self, pixel_values: Tensor) -> "Oracle":
        assert len(pixel_values) == len(self.logits)
        return self


def test_evaluation_gives_the_truth_full_marks() -> None:
    count = 20
    data_set = evaluation.held_out(12, count, TINY.side)
    scores = evaluation.average_precision(Oracle(*truth_as_output(12, count, 6)), data_set)
    assert scores["AP"] == pytest.approx(1.0)
    assert data_set.truth == instances([draw(12, index) for index in range(count)])


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


def test_cross_attention_starts_around_the_anchor() -> None:
    built = started(replace(TINY, d_model=64, queries=9))
    attention = built.model.decoder.layers[0].encoder_attn
    code = built.model.position_embedding(torch.Size((1, 64, 9, 9)), torch.device("cpu"), torch.float32)
    tokens = code.flatten(2)[0].T
    weight = (attention.q_proj(anchors(built)) @ attention.k_proj(tokens).T).softmax(-1).reshape(9, 9, 9)
    middle = np.unravel_index(int(weight[4].argmax()), (9, 9))
    assert max(abs(int(middle[0]) - 4), abs(int(middle[1]) - 4)) <= 1


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [rate_at(step, 100, 1.0, 10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) > 0.95
    assert rates[-1] < 1e-3
    assert rates[20:] == sorted(rates[20:], reverse=True)
