"""The recipe of the stand-in at the smallest size at which its promises can be checked."""

import json
from collections.abc import Iterator
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
from training.detr import checkpoint, data, evaluation, model, ship
from training.detr.initialise import anchors, construct
from training.detr.recipe import Recipe
from training.detr.train import Run, detection_loss

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
    horizon=5,
    cool_from=2,
    token_loss_steps=3,
    evaluate_every=5,
    save_every=2,
)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As the recipe runs; more threads on models this small wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


def test_cross_attention_starts_around_the_anchor() -> None:
    built = started(replace(TINY, d_model=64, queries=9))
    attention = built.model.decoder.layers[0].encoder_attn
    code = built.model.position_embedding(torch.Size((1, 64, 9, 9)), torch.device("cpu"), torch.float32)
    tokens = code.flatten(2)[0].T
    weight = (attention.q_proj(anchors(built)) @ attention.k_proj(tokens).T).softmax(-1).reshape(9, 9, 9)
    middle = np.unravel_index(int(weight[4].argmax()), (9, 9))
    assert max(abs(int(middle[0]) - 4), abs(int(middle[1]) - 4)) <= 1


def test_the_card_reports_what_was_measured(tmp_path: Path, unbroken: Run) -> None:
    into = tmp_path / "shipped"
    scores = ship.ship(TINY, unbroken.work, tmp_path / "data", into, with_plateau=True).scores
    text = (into / "card.md").read_text(encoding="utf-8")
    size = (into / "model.safetensors").stat().st_size
    assert f"{size:,} bytes" in text
    assert f"{sum(p.numel() for p in unbroken.model.parameters()):,} parameters" in text
    assert f"| {scores['AP']:.3f} | {scores['AP50']:.3f} |" in text
    assert "NOT reached" in text
    assert "the same again" in text
    assert (into / "training_log.csv").read_bytes() == (unbroken.work / "training_log.csv").read_bytes()
    sides = json.loads((into / "preprocessor_config.json").read_text(encoding="utf-8"))
    assert sides["size"]["shortest_edge"] == TINY.side
    assert sides["resample"] == 2


def test_training_on_starts_from_the_trained_weights(tmp_path: Path, unbroken: Run) -> None:
    still = replace(TINY, rate=0.0)
    (tmp_path / "checkpoint.pt").write_bytes(unbroken.kept.read_bytes())
    found = ship.repeated(still, tmp_path, unbroken.pictures, unbroken.held_out, before=0.5)
    assert (found.steps, found.rate, found.before) == (1, 0.0, 0.5)
    after = load_file(tmp_path / "plateau" / "export" / "model.safetensors")
    weight = unbroken.model.state_dict()["bbox_predictor.layers.0.weight"]
    assert torch.equal(after["bbox_predictor.layers.0.weight"], weight.half())
