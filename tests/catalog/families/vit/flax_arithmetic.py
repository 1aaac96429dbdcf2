"""What the original's Flax modules compute, once more: float64 numpy, (n, h, w, channels), arrays as in its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


def same(side: int, kernel: int, stride: int) -> tuple[int, int, int]:
    """Places, and the padding before and behind, of XLA's "SAME"."""
    places = int(np.ceil(side / stride))
    total = max((places - 1) * stride + kernel - side, 0)
    return places, total // 2, total - total // 2


def windows(pixels: Array, kernel: int, stride: int, fill: float) -> Array:
    """(n, h, w, c) to (n, h', w', kernel, kernel, c), place by place."""
    count, height, width, channels = pixels.shape
    rows, top, bottom = same(height, kernel, stride)
    columns, left, right = same(width, kernel, stride)
    padded = np.pad(pixels, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    found = np.empty((count, rows, columns, kernel, kernel, channels))
    for row in range(rows):
        for column in range(columns):
            y, x = row * stride, column * stride
            found[:, row, column] = padded[:, y : y + kernel, x : x + kernel]
    return found


def standard_convolution(pixels: Array, kernel: NDArray[Any], stride: int = 1) -> Array:
    """A kernel (h, w, in, out), standardised for each output channel, on pixels padded to "SAME"."""
    weights = kernel.astype(np.float64)
    weights = weights - weights.mean(axis=(0, 1, 2))
    weights = weights / (weights.std(axis=(0, 1, 2)) + 1e-5)
    found: Array = np.einsum("nyxijc,ijco->nyxo", windows(pixels, kernel.shape[0], stride, 0.0), weights)
    return found


def max_pool(pixels: Array) -> Array:
    """Windows of 3 x 3 and stride 2."""
    found: Array = windows(pixels, 3, 2, -np.inf).max(axis=(3, 4))
    return found


def group_norm(pixels: Array, scale: NDArray[Any], bias: NDArray[Any]) -> Array:
    """32 groups of neighbouring channels."""
    grouped = pixels.reshape(*pixels.shape[:3], 32, -1)
    centred = grouped - grouped.mean(axis=(1, 2, 4), keepdims=True)
    normal = centred / np.sqrt((centred**2).mean(axis=(1, 2, 4), keepdims=True) + 1e-6)
    found: Array = normal.reshape(pixels.shape) * scale.reshape(-1) + bias.reshape(-1)
    return found


def layer_norm(tokens: Array, scale: NDArray[Any], bias: NDArray[Any]) -> Array:
    centred = tokens - tokens.mean(axis=-1, keepdims=True)
    found: Array = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-6) * scale + bias
    return found


def gelu(values: Array) -> Array:
    """The approximation that jax.nn.gelu takes by default."""
    found: Array = 0.5 * values * (1 + np.tanh(np.sqrt(2 / np.pi) * (values + 0.044715 * values**3)))
    return found


def resnet(pixels: Array, arrays: Arrays, stages: tuple[int, ...]) -> Array:
    """The root and the stages."""
    found = max_pool(normed(standard_convolution(pixels, arrays["conv_root/kernel"], 2), arrays, "gn_root"))
    for stage, units in enumerate(stages):
        for unit in range(units):
            stride = 2 if stage and not unit else 1
            found = bottleneck(found, arrays, f"block{stage + 1}/unit{unit + 1}", stride)
    return found


def bottleneck(pixels: Array, arrays: Arrays, at: str, stride: int) -> Array:
    kept = pixels
    if f"{at}/conv_proj/kernel" in arrays:
        kept = standard_convolution(pixels, arrays[f"{at}/conv_proj/kernel"], stride)
        kept = group_norm(kept, arrays[f"{at}/gn_proj/scale"], arrays[f"{at}/gn_proj/bias"])
    inner = normed(standard_convolution(pixels, arrays[f"{at}/conv1/kernel"]), arrays, f"{at}/gn1")
    inner = normed(standard_convolution(inner, arrays[f"{at}/conv2/kernel"], stride), arrays, f"{at}/gn2")
    inner = standard_convolution(inner, arrays[f"{at}/conv3/kernel"])
    return np.maximum(kept + group_norm(inner, arrays[f"{at}/gn3/scale"], arrays[f"{at}/gn3/bias"]), 0)


def normed(pixels: Array, arrays: Arrays, at: str) -> Array:
    """GroupNorm and ReLU."""
    return np.maximum(group_norm(pixels, arrays[f"{at}/scale"], arrays[f"{at}/bias"]), 0)


def attention(tokens: Array, arrays: Arrays, at: str) -> Array:
    """Kernels of query, key and value are (width, heads, depth), that of the output (heads, depth, width)."""
    query, key, value = (
        np.einsum("ntw,whd->nhtd", tokens, arrays[f"{at}/{name}/kernel"]) + arrays[f"{at}/{name}/bias"][:, None]
        for name in ("query", "key", "value")
    )
    scores = np.einsum("nhtd,nhsd->nhts", query, key) / np.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed = np.einsum("nhts,nhsd->nthd", shares / shares.sum(axis=-1, keepdims=True), value)
    found: Array = np.einsum("nthd,hdw->ntw", mixed, arrays[f"{at}/out/kernel"]) + arrays[f"{at}/out/bias"]
    return found


def encoder(grid: Array, arrays: Arrays, layers: int) -> Array:
    """Patches without padding, class token, positions, layers, and the head on the class token: the logits."""
    tokens = patches(grid, arrays["embedding/kernel"]) + arrays["embedding/bias"]
    first = np.tile(arrays["cls"], (len(tokens), 1, 1))
    tokens = np.concatenate([first, tokens], axis=1) + arrays["Transformer/posembed_input/pos_embedding"]
    for layer in range(layers):
        at = f"Transformer/encoderblock_{layer}"
        before = layer_norm(tokens, arrays[f"{at}/LayerNorm_0/scale"], arrays[f"{at}/LayerNorm_0/bias"])
        tokens = tokens + attention(before, arrays, f"{at}/MultiHeadDotProductAttention_1")
        after = layer_norm(tokens, arrays[f"{at}/LayerNorm_2/scale"], arrays[f"{at}/LayerNorm_2/bias"])
        hidden = after @ arrays[f"{at}/MlpBlock_3/Dense_0/kernel"] + arrays[f"{at}/MlpBlock_3/Dense_0/bias"]
        tokens = tokens + gelu(hidden) @ arrays[f"{at}/MlpBlock_3/Dense_1/kernel"]
        tokens = tokens + arrays[f"{at}/MlpBlock_3/Dense_1/bias"]
    norm = "Transformer/encoder_norm"
    last = layer_norm(tokens, arrays[f"{norm}/scale"], arrays[f"{norm}/bias"])
    logits: Array = last[:, 0] @ arrays["head/kernel"] + arrays["head/bias"]
    return logits


def patches(grid: Array, kernel: NDArray[Any]) -> Array:
    """(n, h, w, c) to (n, patches, width), row by row."""
    side = kernel.shape[0]
    rows, columns = grid.shape[1] // side, grid.shape[2] // side
    cells = [
        grid[:, side * row : side * (row + 1), side * column : side * (column + 1)]
        for row in range(rows)
        for column in range(columns)
    ]
    return np.stack([np.einsum("nijc,ijcw->nw", cell, kernel) for cell in cells], axis=1)
