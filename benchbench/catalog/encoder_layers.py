"""A layer of a transformer encoder as transformers writes it: its attention and its feed-forward."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from benchbench.catalog.anatomy import Attention, FeedForward, Layer
from benchbench.catalog.parts import part
from benchbench.errors import BenchbenchError


def vision_layer(module: nn.Module, name: str) -> Layer:
    """A layer of a vision encoder: `attention` with q_proj to o_proj, `mlp` with fc1 and fc2.

    Raises BenchbenchError where a part is not in its place.
    """
    owner = part(module, "attention", nn.Module)
    linears = [part(owner, f"{letter}_proj", nn.Linear) for letter in "qkvo"]
    first, second = (part(module, f"mlp.{path}", nn.Linear) for path in ("fc1", "fc2"))
    return encoder_layer(module, name, owner, linears, (first, second))


def encoder_layer(
    module: nn.Module, name: str, owner: nn.Module, linears: Sequence[nn.Linear], mlp: tuple[nn.Linear, nn.Linear]
) -> Layer:
    """A layer of one attention, whose `owner` knows how wide its heads are, and one feed-forward.

    `linears` are those of query, key, value and output. Raises BenchbenchError where the owner tells no width.
    """
    query, key, value, output = linears
    head_dim = getattr(owner, "head_dim", getattr(owner, "attention_head_size", None))
    if not isinstance(head_dim, int):
        raise BenchbenchError(f"{name}.attention has no head_dim", "tested with transformers 5.23")
    heads = query.out_features // head_dim
    attention = Attention(f"{name}.attention", owner, query, key, value, output, head_dim, heads)
    return Layer(module, (attention,), FeedForward(f"{name}.mlp", *mlp))
