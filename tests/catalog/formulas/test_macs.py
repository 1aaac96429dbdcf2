"""The formulas against PyTorch's counter, and DETR-R50's sum by hand."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from benchbench.catalog.formulas import macs

sizes = st.integers(1, 9)


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, sizes, st.integers(1, 3), st.sampled_from([1, 3, 5]), st.integers(1, 2), st.integers(7, 12))
def test_convolutions(batch: int, out: int, into: int, groups: int, kernel: int, stride: int, length: int) -> None:
    images = torch.zeros(batch, into * groups, length, length + 1)
    weight = torch.zeros(out * groups, into, kernel, kernel)
    with FlopCounterMode(display=False) as counter:
        found = F.conv2d(images, weight, stride=stride, padding=kernel // 2, groups=groups)
    height, width = (macs.strided(side, kernel, stride, kernel // 2) for side in (length, length + 1))

    assert found.shape[2:] == (height, width)
    counted = macs.convolution(batch * height * width, out * groups, into * groups, (kernel, kernel), groups)
    assert 2 * counted == counter.get_total_flops()


@settings(deadline=None, max_examples=20)
@given(sizes, sizes, sizes)
def test_linear_layers(rows: int, into: int, out: int) -> None:
    with FlopCounterMode(display=False) as counter:
        F.linear(torch.zeros(rows, into), torch.zeros(out, into), torch.zeros(out))

    assert 2 * macs.linear(rows, into, out) == counter.get_total_flops()


@settings(deadline=None, max_examples=20)
@given(sizes, sizes, sizes, sizes, sizes, sizes)
def test_attention(batch: int, heads: int, queries: int, keys: int, width: int, value_width: int) -> None:
    query, key = (torch.zeros(batch, heads, tokens, width) for tokens in (queries, keys))
    value = torch.zeros(batch, heads, keys, value_width)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        F.scaled_dot_product_attention(query, key, value)

    counted = macs.attention(batch, queries, keys, heads * width, heads * value_width)
    assert 2 * counted == counter.get_total_flops()


def resnet50(height: int, width: int) -> tuple[int, int]:
    """Multiply-adds of torchvision's ResNet-50 without its classifier, and the places of its last feature map."""
    height, width = (macs.strided(side, 7, 2, 3) for side in (height, width))
    total = macs.convolution(height * width, 64, 3, (7, 7))
    height, width = (macs.strided(side, 3, 2, 1) for side in (height, width))
    before = 64
    for inner, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(depth):
            total += macs.convolution(height * width, inner, before, (1, 1))
            if block == 0:
                height, width = (macs.strided(side, 3, stride, 1) for side in (height, width))
                total += macs.convolution(height * width, 4 * inner, before, (1, 1))
            total += macs.convolution(height * width, inner, inner, (3, 3))
            total += macs.convolution(height * width, 4 * inner, inner, (1, 1))
            before = 4 * inner
    return total, height * width


def detr50(height: int, width: int) -> int:
    """Ditto of DETR-R50 at its original sizes."""
    total, tokens = resnet50(height, width)
    queries, d, ffn = 100, 256, 2048
    total += macs.convolution(tokens, d, 2048, (1, 1))
    encoder = 4 * macs.linear(tokens, d, d) + macs.attention(1, tokens, tokens, d, d) + 2 * macs.linear(tokens, d, ffn)
    decoder = 6 * macs.linear(queries, d, d) + 2 * macs.linear(tokens, d, d) + 2 * macs.linear(queries, d, ffn)
    decoder += macs.attention(1, queries, queries, d, d) + macs.attention(1, queries, tokens, d, d)
    heads = macs.linear(queries, d, 92) + 2 * macs.linear(queries, d, d) + macs.linear(queries, d, 4)
    return total + 6 * (encoder + decoder) + heads


def test_detr_r50_by_hand() -> None:
    """81.2 G at 800x1066, as both counts of the flops probe find on the built model; ResNet-50 alone as published.

    The paper's 86 G is the mean over the first 100 images of val2017, many of them wider than 4:3.
    """
    assert round(resnet50(224, 224)[0] / 1e9, 2) == 4.09
    assert detr50(800, 1066) == 81_167_232_000
    assert round(detr50(800, 1199) / 1e9, 1) == 91.1
