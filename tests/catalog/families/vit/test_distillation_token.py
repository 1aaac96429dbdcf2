"""A trained ViT as the beginning of a DeiT: nothing is lost, and the second token begins as the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Inputs, Subject, Weights
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.families.vit.distillation_token import with_token
from benchbench.catalog.families.vit.transformer import represent
from benchbench.catalog.steps.distil_logits import STEP
from benchbench.errors import BadCheckpoint
from tests.catalog.training.classes import SIDE, Patterns, labels
from tests.catalog.training.world import differing, ground, weights

SHAPE: dict[str, Any] = {"hidden": 24, "layers": 2, "heads": 3, "mlp": 48, "patch": 8, "image": SIDE, "classes": 5}


def lively(seed: int = 0, **shape: Any) -> Any:
    """Random weights that are not degenerate."""
    model: Any = FAMILY.build(Weights("random", "random"), seed=seed, **SHAPE | shape)
    torch.manual_seed(seed)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    return model


def saved(model: Any, folder: Path) -> Weights:
    model.save_pretrained(folder)
    found = FAMILY.locate(str(folder))
    assert isinstance(found, Weights)
    return found


def given(count: int = 6) -> Inputs:
    return FAMILY.collate([FAMILY.prepare(Patterns(count, seed=9)[index].image, side=SIDE) for index in range(count)])


def told(model: Any, **more: Any) -> Any:
    with torch.no_grad():
        return model(**given(), **more)


@pytest.mark.parametrize("suffix", ["", ".npz"])
def test_unheard_the_second_token_changes_nothing(suffix: str, tmp_path: Path) -> None:
    """With the second token masked out of every attention, the class token says what it said in the checkpoint."""
    plain = lively()
    if suffix:
        FAMILY.write_original(plain, tmp_path / "own.npz")
        found = FAMILY.locate(str(tmp_path / "own.npz"))
        assert isinstance(found, Weights)
    else:
        found = saved(plain, tmp_path)
    grown = FAMILY.build(found, seed=0, heads=3, distilled=True)
    heard = torch.ones(6, 2 + (SIDE // 8) ** 2, dtype=torch.bool)
    heard[:, 1] = False
    answer = told(grown, attention_mask=heard)
    torch.testing.assert_close(answer.cls_logits, told(plain).logits, rtol=1e-5, atol=1e-5)
    assert float((told(grown).cls_logits - answer.cls_logits).abs().max()) > 1e-3


def test_both_tokens_begin_alike_and_all_else_is_the_checkpoint_s(tmp_path: Path) -> None:
    plain = lively()
    grown: Any = FAMILY.build(saved(plain, tmp_path), seed=0, distilled=True)
    answer = told(grown)
    assert torch.equal(answer.cls_logits, answer.distillation_logits)
    own, before = grown.state_dict(), plain.state_dict()
    for name, tensor in before.items():
        now = own[name.replace("vit.", "deit.").replace("classifier.", "cls_classifier.")]
        assert torch.equal(now[:, 1:] if name.endswith("position_embeddings") else now, tensor)
    extra = 24 + 24 + 5 * 24 + 5
    assert sum(each.numel() for each in own.values()) == sum(each.numel() for each in before.values()) + extra
    assert grown.config.hidden_act == plain.config.hidden_act
    assert not grown.training


def test_a_deit_has_its_own_token_and_keeps_it(tmp_path: Path) -> None:
    deit = lively(distilled=True)
    again = FAMILY.build(saved(deit, tmp_path), seed=0, distilled=True)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in deit.state_dict().items())


def test_another_image_size_and_a_token_at_once(tmp_path: Path) -> None:
    grown: Any = FAMILY.build(saved(lively(), tmp_path), seed=0, distilled=True, image=2 * SIDE)
    assert grown.state_dict()["deit.embeddings.position_embeddings"].shape == (1, 2 + 16, 24)


def test_a_head_of_two_layers_is_refused() -> None:
    plain = lively()
    represent(plain, 10)
    with pytest.raises(BadCheckpoint, match="representation layer"):
        with_token(plain, 0)


def test_its_tokens_part_when_teacher_and_truth_differ(tmp_path: Path) -> None:
    found = saved(lively(), tmp_path / "student")
    pupil = Subject(FAMILY.build(found, seed=0, distilled=True), FAMILY)
    teacher = Subject(lively(seed=3), FAMILY)
    before = weights(pupil)
    own = ground(tmp_path, labelled=Patterns, teacher=lambda: teacher, given={"side": SIDE})
    settings: dict[str, Any] = {"batch": 8, "rate": 3e-3, "head_factor": 1.0, "augment": "none"}
    STEP.train(pupil, own, teacher="t", kind="token", steps=40, **settings)
    changed = differing(before, weights(pupil))
    assert {"deit.embeddings.distillation_token", "deit.embeddings.cls_token"} <= set(changed)
    images = FAMILY.collate([FAMILY.prepare(Patterns(32, seed=9)[index].image, side=SIDE) for index in range(32)])
    with torch.no_grad():
        answer, taught = pupil.model(**images), teacher.model(**images).logits.argmax(-1)
    agreed = [
        float((each.argmax(-1) == taught).double().mean()) for each in (answer.cls_logits, answer.distillation_logits)
    ]
    assert agreed[1] > agreed[0] + 0.2
    assert float((answer.cls_logits.argmax(-1) == labels()).double().mean()) > 0.6
