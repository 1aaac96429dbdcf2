"""The recipe of the encoder's pre-training at the smallest size at which its promises can be checked."""

from dataclasses import replace
from pathlib import Path

import torch
from transformers import Dinov2Model

from training.detr import data
from training.detr.data import Targets
from training.dinov2 import ship
from training.dinov2.model import PatchClassifier, patch_labels
from training.dinov2.recipe import Recipe
from training.dinov2.train import Run

TINY = replace(Recipe(), images=8, held_out=4, batch=2, steps=2, warm_up=1, evaluate_every=2, save_every=1)


def test_a_patch_is_labelled_with_what_covers_its_middle() -> None:
    boxes = torch.tensor([[[0.25, 0.25, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]]])
    both = Targets(boxes, torch.tensor([[2, 0]]), torch.tensor([[True, True]]))
    one = Targets(boxes, torch.tensor([[2, 0]]), torch.tensor([[True, False]]))

    labels = patch_labels(both, 2)[0]
    assert labels[:, 2].tolist() == [1, 0, 0, 0]
    assert labels[:, 0].tolist() == [1, 1, 1, 1]
    assert labels.sum() == 5
    assert patch_labels(one, 2).sum() == 1


def test_the_encoder_alone_is_shipped_as_it_was_trained(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    work = tmp_path / "work"
    pictures = data.training_set(work / "data", seed=TINY.seed, count=TINY.images, side=98)
    held_out = data.training_set(work / "data", seed=TINY.held_out_seed, count=TINY.held_out, side=98)
    run = Run(TINY, work, pictures, held_out)
    run.finish()
    ship.ship(TINY, work, tmp_path / "into")
    shipped = Dinov2Model.from_pretrained(tmp_path / "into", dtype=torch.float32).state_dict()

    assert shipped.keys() == run.model.encoder.state_dict().keys()
    assert all(
        torch.equal(shipped[name], tensor.half().float()) for name, tensor in run.model.encoder.state_dict().items()
    )
    assert "steps: 2 of 2" in (tmp_path / "into" / "card.md").read_text(encoding="utf-8")


def test_no_weight_of_the_classifier_is_idle() -> None:
    model = PatchClassifier(TINY)
    model(torch.randn(1, 3, 98, 98)).square().mean().backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.classifier.parameters())
