"""Multiply-adds in closed form: numbers in, a number out.

One multiplication with its addition counts as one, as in the DETR paper's "GFLOPS". Counted are convolutions, linear
layers and the two products of attention; not counted are biases, norms, activations, softmax, sums and embeddings.
"""

from __future__ import annotations


def convolution(places: int, out_channels: int, in_channels: int, kernel: tuple[int, ...], groups: int = 1) -> int:
    """`places` are output positions over batch, height and width; each takes a kernel over its group's channels."""
    taps = 1
    for length in kernel:
        taps *= length
    return places * out_channels * (in_channels // groups) * taps


def linear(rows: int, in_features: int, out_features: int) -> int:
    """`rows` are all leading axes multiplied: batch and tokens."""
    return rows * in_features * out_features


def attention(batch: int, queries: int, keys: int, inner: int, value_inner: int) -> int:
    """QK^T and AV; the inner widths are head_dim times heads, so that the number of heads drops out."""
    return batch * queries * keys * (inner + value_inner)


def strided(length: int, kernel: int, stride: int, padding: int) -> int:
    """Output length of a convolution or pooling along one axis, without dilation."""
    return (length + 2 * padding - kernel) // stride + 1
