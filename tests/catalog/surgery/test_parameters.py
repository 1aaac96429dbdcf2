"""Parameters of the full DETR-R50 under the document's cuts, against sums written out by hand."""

import copy
from typing import Any

import pytest
from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.steps import STEPS
from tests.lively_detr import RANDOM, parameters

DEPTHS = (3, 4, 6, 3)


def linear(rows: int, columns: int) -> int:
    return rows * columns + rows


def attention(d: int, inner: int) -> int:
    return 3 * linear(inner, d) + linear(d, inner)


def transformer(encoder: int = 6, decoder: int = 6, d: int = 256, inner: int = 256, ffn: int = 2048) -> int:
    """Layers, the decoder's last norm, 100 queries, the class head of 92 and the box head of three layers."""
    feed_forward = linear(ffn, d) + linear(d, ffn)
    encoder_layer = attention(d, inner) + feed_forward + 2 * 2 * d
    decoder_layer = 2 * attention(d, inner) + feed_forward + 3 * 2 * d
    heads = linear(92, d) + 2 * linear(d, d) + linear(4, d)
    return encoder * encoder_layer + decoder * decoder_layer + 2 * d + 100 * d + heads


def resnet(stem: int, outputs: tuple[int, ...], inners: tuple[int, ...], d: int) -> int:
    """Convolutions of the bottleneck ResNet without bias, frozen norms being no parameters, and the projection to d."""
    total = 3 * 49 * stem
    entering = stem
    for output, inner, depth in zip(outputs, inners, DEPTHS, strict=True):
        total += entering * output
        for block in range(depth):
            total += (entering if block == 0 else output) * inner + 9 * inner * inner + inner * output
        entering = output
    return total + linear(d, outputs[-1])


def detr(**sizes: int) -> int:
    cnn = {name: sizes.pop(name) for name in ("last_inner", "last_output") if name in sizes}
    outputs = (256, 512, 1024, cnn.get("last_output", 2048))
    return resnet(64, outputs, (64, 128, 256, cnn.get("last_inner", 512)), sizes.get("d", 256)) + transformer(**sizes)


ENCODER = ("drop-layers", {"stack": "encoder", "keep": "first", "count": 4})
DECODER = ("drop-layers", {"stack": "decoder", "keep": "first", "count": 3})
HEADS = ("prune-heads", {"count": 6, "score": "attention"})
INNER = ("prune-channels", {"where": "stage-inner", "keep": 0.5})
OUTPUT = ("prune-channels", {"where": "stage-output", "keep": 0.5})
FFN = ("prune-channels", {"where": "feed-forward", "keep": 0.5})
STREAM = ("prune-channels", {"where": "stream", "keep": 0.5})
BACKBONE = ("prune-channels", {"where": "backbone", "keep": 0.5})
HALVED = resnet(32, (128, 256, 512, 1024), (32, 64, 128, 256), 256)
CASES: dict[str, tuple[list[tuple[str, dict[str, Any]]], int, int]] = {
    "layers": ([ENCODER, DECODER], detr(encoder=4, decoder=3), 7_366_400),
    "heads": ([HEADS], detr(inner=192), 1_183_104),
    "inner": ([INNER], detr(last_inner=256), 8_192_000),
    "inner and output": ([INNER, OUTPUT], detr(last_inner=256, last_output=1024), 10_813_440),
    "feed-forward": ([FFN], detr(ffn=1024), 6_303_744),
    "inner, output, feed-forward": ([INNER, OUTPUT, FFN], detr(last_inner=256, last_output=1024, ffn=1024), 17_117_184),
    "stream": ([STREAM], detr(d=128, inner=128), 10_235_008),
    "backbone": ([BACKBONE], HALVED + transformer(), 17_850_976),
    "all, inner": ([ENCODER, DECODER, HEADS, INNER], detr(encoder=4, decoder=3, inner=192, last_inner=256), 16_215_680),
    "all, backbone": (
        [ENCODER, DECODER, HEADS, BACKBONE],
        HALVED + transformer(encoder=4, decoder=3, inner=192),
        25_874_656,
    ),
    "all, stream": ([ENCODER, DECODER, HEADS, STREAM], detr(encoder=4, decoder=3, d=128, inner=96), 13_563_840),
}


@pytest.fixture(scope="module")
def full() -> nn.Module:
    model: nn.Module = FAMILY.build(RANDOM, seed=0)
    return model


def test_the_whole_model_counts_as_known(full: nn.Module) -> None:
    assert parameters(full) == detr() == 41_524_768
    assert attention(256, 256) + linear(2048, 256) + linear(256, 2048) + 1024 == 1_315_072


@pytest.mark.parametrize("case", CASES)
def test_cuts_leave_what_the_sums_say(full: nn.Module, case: str) -> None:
    steps, left, removed = CASES[case]
    cut = Subject(copy.deepcopy(full), FAMILY)
    for name, settings in steps:
        STEPS[name].apply(cut, **settings)
    assert parameters(cut.model) == left == 41_524_768 - removed
    assert cut.surgery[-1]["after"] == cut.surgery[-1]["after"] | {"params": left}  # type: ignore[operator]
