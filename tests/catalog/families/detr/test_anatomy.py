"""The anatomy names every part there is, and once."""

from typing import Any

import pytest
import torch
from torch import nn

from benchbench.catalog.contracts import Weights
from benchbench.catalog.families.detr import FAMILY
from benchbench.errors import BenchbenchError, CannotCut

RANDOM = Weights(kind="random", fingerprint="random")


def test_stacks_and_heads(model: Any) -> None:
    anatomy = FAMILY.anatomy(model)
    encoder, decoder = anatomy.stack("encoder"), anatomy.stack("decoder")

    assert [len(layer.attentions) for layer in encoder.layers + decoder.layers] == [1, 1, 2, 2]
    attentions = [each for stack in anatomy.stacks for layer in stack.layers for each in layer.attentions]
    assert {(each.heads, each.head_dim) for each in attentions} == {(4, 4)}
    assert attentions[-1].name == "decoder.1.encoder_attn"
    assert len({each.name for each in attentions}) == 6
    assert {layer.feed_forward.first.out_features for layer in encoder.layers} == {24}


def test_a_stack_counts_in_the_config(model: Any) -> None:
    FAMILY.anatomy(model).stack("decoder").counted(1)

    assert (model.config.decoder_layers, model.config.encoder_layers) == (1, 2)


def test_heads_follow_the_tensors(model: Any) -> None:
    owner = model.model.encoder.layers[0].self_attn
    inputs = FAMILY.example(1, 64, 64, 0)
    for name in ("q_proj", "k_proj", "v_proj"):
        setattr(owner, name, nn.Linear(16, 12))
    owner.o_proj = nn.Linear(12, 16)

    assert FAMILY.anatomy(model).stack("encoder").layers[0].attentions[0].heads == 3
    assert model(**inputs).logits.isfinite().all()


def test_every_parameter_behind_the_backbone_touches_the_stream(model: Any) -> None:
    stream = FAMILY.anatomy(model).stream
    assert stream is not None
    touched = {id(module) for module in (*stream.writers, *stream.readers, *stream.norms, *stream.tables)}
    owners = {
        name: module
        for name, module in model.named_modules()
        if ".backbone." not in name and list(module.parameters(recurse=False))
    }

    assert {id(module) for module in owners.values()} == touched
    assert stream.width == 16
    assert all(module.weight.shape[0] == 16 for module in stream.writers)  # type: ignore[index]
    assert all(module.weight.shape[1] == 16 for module in stream.readers)  # type: ignore[index]


def test_every_convolution_of_the_backbone_is_in_a_stage(model: Any) -> None:
    anatomy = FAMILY.anatomy(model)
    assert anatomy.stem is not None
    units = [anatomy.stem]
    for stage in anatomy.stages:
        for block in stage.blocks:
            units += [*block.convolutions, *([block.shortcut] if block.shortcut else [])]
    backbone = [module for module in model.model.backbone.modules() if isinstance(module, nn.Conv2d)]

    assert {id(unit.convolution) for unit in units} == {id(module) for module in backbone}
    assert all(unit.norm.weight.shape == (unit.convolution.out_channels,) for unit in units)
    assert [stage.blocks[-1].convolutions[-1].convolution.out_channels for stage in anatomy.stages] == [16, 20, 24, 28]
    assert anatomy.stage_readers[0].in_channels == 28


@pytest.mark.parametrize(("backbone", "convolutions"), [("resnet-18", 2), ("resnet-50", 3)])
def test_basic_and_bottleneck_blocks(tiny: dict[str, Any], backbone: Any, convolutions: int) -> None:
    model = FAMILY.build(RANDOM, seed=0, **{**tiny, "backbone": backbone})

    assert {len(block.convolutions) for stage in FAMILY.anatomy(model).stages for block in stage.blocks} == {
        convolutions
    }


def test_uncounted_is_what_the_paper_leaves_out() -> None:
    model = FAMILY.build(RANDOM, seed=0)
    prefixes = FAMILY.anatomy(model).uncounted
    counted = sum(tensor.numel() for name, tensor in model.named_parameters() if not name.startswith(prefixes))

    assert counted == 41_302_368


def test_narrowing_tells_config_and_position_code(model: Any) -> None:
    stream = FAMILY.anatomy(model).stream
    assert stream is not None
    stream.narrow(8)
    code = model.model.position_embedding(shape=torch.Size((1, 8, 3, 4)), device="cpu", dtype=torch.float32)

    assert model.config.d_model == 8
    assert code.shape == (1, 8, 3, 4)
    with pytest.raises(CannotCut, match="d_model 6"):
        stream.narrow(6)


def test_a_part_out_of_its_place_is_named(model: Any) -> None:
    del model.model.encoder.layers[1].mlp.fc1
    with pytest.raises(BenchbenchError, match=r"DetrEncoderLayer\.mlp\.fc1 is missing, expected Linear"):
        FAMILY.anatomy(model)
