"""What the steps and probes find in a ViT, a DeiT and a hybrid."""

from typing import Any

import pytest
import torch

from benchbench.catalog.contracts import Subject
from benchbench.catalog.counting import count
from benchbench.catalog.families.vit import FAMILY
from benchbench.catalog.families.vit.architecture import SIZES as NAMED
from benchbench.catalog.probes.structure import PROBE
from benchbench.types import Condition
from tests.lively_vit import HIDDEN, RANDOM, SIZES, subject

HYBRID: dict[str, Any] = {
    "size": "r26-s32",
    "classes": 5,
    "image": 64,
    "hidden": 24,
    "heads": 3,
    "mlp": 40,
    "layers": 2,
}


def hybrid() -> Subject:
    return Subject(FAMILY.build(RANDOM, seed=0, **HYBRID), FAMILY)


@pytest.mark.parametrize("distilled", [False, True])
def test_the_facts(distilled: bool) -> None:
    found, notes = PROBE.measure(subject(distilled), {}, Condition())
    assert {each.metric: each.samples[0] for each in found} == {
        "layers_encoder": 4,
        "heads_encoder": 6,
        "head_dim": 8,
        "attention_width": 48,
        "d_model": 48,
        "ffn": 40,
        "logits": 7,
        "patch": 8,
    }
    assert notes == []


@pytest.mark.parametrize("build", [subject, lambda: subject(distilled=True), hybrid], ids=["vit", "deit", "hybrid"])
def test_every_parameter_is_of_the_encoder_or_of_a_predictor(build: Any) -> None:
    of = build()
    anatomy = of.anatomy
    for name, _ in of.model.named_parameters():
        assert name.startswith(anatomy.encoder) is not name.startswith(anatomy.predictors), name


@pytest.mark.parametrize("build", [subject, lambda: subject(distilled=True), hybrid], ids=["vit", "deit", "hybrid"])
def test_every_tensor_along_the_stream_is_named(build: Any) -> None:
    """Each parameter with a side of its width, the ResNet apart, belongs to something that the stream names."""
    of = build()
    stream = of.anatomy.stream
    assert stream is not None
    touched = {
        id(parameter)
        for module in (*stream.writers, *stream.readers, *stream.norms)
        for parameter in module.parameters()
    }
    touched |= {id(owner.get_parameter(name)) for owner, name in stream.tensors}
    for name, parameter in of.model.named_parameters():
        if stream.width in parameter.shape and not name.startswith("resnet.") and ".mlp.fc1.bias" not in name:
            assert id(parameter) in touched, name
    assert stream.width == of.model.config.hidden_size in (HIDDEN, 24)


@pytest.mark.parametrize("image", [224, 384])
@pytest.mark.parametrize("size", NAMED)
def test_two_counts_agree_and_are_the_closed_sum(size: Any, image: int) -> None:
    with torch.device("meta"):
        model = FAMILY.build(RANDOM, seed=0, size=size, image=image)
    found = count(Subject(model, FAMILY), FAMILY.example(2, image, image, 0))
    d, layers, mlp, patch = (NAMED[size][name] for name in ("hidden", "layers", "mlp", "patch"))
    patches = (image // patch) ** 2
    tokens = patches + 1
    block = 4 * tokens * d * d + 2 * tokens * tokens * d + 2 * tokens * d * mlp
    assert found.formula == found.counter == 2 * (patches * 3 * patch * patch * d + layers * block + d * 1000)


def test_a_deit_has_a_token_and_a_head_more() -> None:
    plain, deit = (
        count(subject(distilled), {"pixel_values": torch.zeros(1, 3, 32, 32)}) for distilled in (False, True)
    )
    d, mlp, layers, classes = (SIZES[name] for name in ("hidden", "mlp", "layers", "classes"))
    more = layers * (4 * d * d + 2 * (18 * 18 - 17 * 17) * d + 2 * d * mlp) + d * classes
    assert deit.formula == deit.counter == plain.formula + more
