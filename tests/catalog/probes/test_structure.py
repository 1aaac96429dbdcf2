"""Facts follow the tensors, not the config."""

from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.probes.structure import PROBE
from benchbench.types import Condition


def measured(subject: Subject) -> tuple[dict[str, float], list[str]]:
    measurements, notes = PROBE.measure(subject, {}, Condition())
    return {each.metric: each.samples[0] for each in measurements}, notes


def test_the_facts_of_a_small_detr(subject: Subject) -> None:
    found, notes = measured(subject)

    assert found == {
        "layers_encoder": 2,
        "layers_decoder": 3,
        "heads_encoder": 4,
        "heads_decoder": 4,
        "head_dim": 4,
        "attention_width": 16,
        "d_model": 16,
        "ffn": 24,
        "queries": 7,
        "logits": 6,
        "stage_width": 28,
        "stage_inner": 7,
    }
    towers = {"layers_image", "layers_text", "heads_image", "heads_text", "projection"}
    assert set(found) == {metric.name for metric in PROBE.metrics} - {"taps", "patch"} - towers
    assert notes == []


def test_a_config_that_lies_is_not_believed(subject: Subject) -> None:
    before, _ = measured(subject)
    for name in ("encoder_layers", "encoder_attention_heads", "num_queries", "d_model", "encoder_ffn_dim"):
        setattr(subject.model.config, name, 1)

    assert measured(subject)[0] == before


def test_what_differs_from_part_to_part_is_told_not_averaged(subject: Subject) -> None:
    owner = subject.model.get_submodule("model.encoder.layers.0.self_attn")
    for name in ("q_proj", "k_proj", "v_proj"):
        setattr(owner, name, nn.Linear(16, 12))
    found, notes = measured(subject)

    assert "heads_encoder" not in found
    assert "heads of an encoder attention differ: 3, 4" in notes
    assert found["heads_decoder"] == 4


def test_layers_that_are_gone_are_not_counted(subject: Subject) -> None:
    holder = subject.anatomy.stack("decoder").holder
    del holder[1:]

    assert measured(subject)[0]["layers_decoder"] == 1
