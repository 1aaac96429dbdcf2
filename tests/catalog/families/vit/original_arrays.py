"""Random arrays as the files of google-research/vision_transformer name and shape them; written by np.savez."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.contracts import Weights

HIDDEN, LAYERS, HEADS, MLP, PATCH, CLASSES, GRID = 24, 2, 3, 40, 4, 5, 4
SIZES: dict[str, Any] = {
    "hidden": HIDDEN,
    "layers": LAYERS,
    "heads": HEADS,
    "mlp": MLP,
    "patch": PATCH,
    "classes": CLASSES,
    "image": PATCH * GRID,
}
MET = "MultiHeadDotProductAttention_1"
File = dict[str, NDArray[np.float32]]


def drawn(seed: int = 0, *, classes: int = CLASSES, grid: int = GRID, represented: int | None = None) -> File:
    """Norms scale by about 1; kernels keep signals near 1, so that every array matters."""
    generator = np.random.default_rng(seed)
    found: File = {}
    for name, shape in shapes(classes, grid, represented):
        noise = generator.standard_normal(shape)
        if name.endswith("kernel"):
            noise *= (1.5 / np.prod(shape[: 2 if "out" in name else -1])) ** 0.5
        found[name] = (0.3 * noise + 1 if name.endswith("scale") else noise).astype(np.float32)
    return found


def shapes(classes: int, grid: int, represented: int | None = None) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "cls", (1, 1, HIDDEN)
    yield "embedding/kernel", (PATCH, PATCH, 3, HIDDEN)
    yield "embedding/bias", (HIDDEN,)
    yield "Transformer/posembed_input/pos_embedding", (1, 1 + grid * grid, HIDDEN)
    for layer in range(LAYERS):
        yield from _block(f"Transformer/encoderblock_{layer}")
    yield from _norm("Transformer/encoder_norm")
    if represented:
        yield from _dense("pre_logits", HIDDEN, represented)
    yield from _dense("head", represented or HIDDEN, classes)


def _block(at: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _norm(f"{at}/LayerNorm_0")
    yield from _norm(f"{at}/LayerNorm_2")
    depth = HIDDEN // HEADS
    for name in ("query", "key", "value"):
        yield f"{at}/{MET}/{name}/kernel", (HIDDEN, HEADS, depth)
        yield f"{at}/{MET}/{name}/bias", (HEADS, depth)
    yield f"{at}/{MET}/out/kernel", (HEADS, depth, HIDDEN)
    yield f"{at}/{MET}/out/bias", (HIDDEN,)
    yield from _dense(f"{at}/MlpBlock_3/Dense_0", HIDDEN, MLP)
    yield from _dense(f"{at}/MlpBlock_3/Dense_1", MLP, HIDDEN)


def _norm(at: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{at}/scale", (HIDDEN,)
    yield f"{at}/bias", (HIDDEN,)


def _dense(at: str, into: int, out: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{at}/kernel", (into, out)
    yield f"{at}/bias", (out,)


def saved(path: Path, file: File) -> Weights:
    """A file as np.savez writes it."""
    with path.open("wb") as opened:
        np.savez(opened, allow_pickle=False, **file)
    return Weights("trained", "a digest", path, str(path))
