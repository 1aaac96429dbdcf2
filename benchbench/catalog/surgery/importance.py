"""What a part is worth: by its weights alone, or by what it does on calibration data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from benchbench.catalog.anatomy import Attention, Stack
from benchbench.catalog.contracts import Labelled, Subject
from benchbench.catalog.surgery.groups import Group
from benchbench.catalog.surgery.slicing import rows_of
from benchbench.errors import CannotCut

Batches = Sequence[Labelled]
Scores = dict[str, list[float]]


@torch.no_grad()
def channel_l1(group: Group) -> list[float]:
    """L1 norm of the weights that produce each index, summed over its writers (Li et al. 2017, arXiv 1608.08710).

    Embeddings among the group's norms and its tensors produce channels too and count; normalisations only scale them
    and do not.
    """
    columns = [_weight(module) for module in group.norms if isinstance(module, nn.Embedding)]
    columns += [module.get_parameter(name) for module, name in group.tensors]
    return _l1(group, group.writers, columns)


@torch.no_grad()
def head_l1(group: Group, attention: Attention) -> list[float]:
    """L1 norm of each head's rows of the value and columns of the output projection.

    The norm is that of Li et al. 2017; only these two, because all that a head adds passes through them, while query
    and key merely weigh an average.
    """
    return _l1(group, (attention.value,), (_weight(attention.output),))


def head_gradients(subject: Subject, attentions: Sequence[Attention], batches: Batches) -> Scores:
    """Mean over the samples of |d loss / d gate| of each head, a gate of 1 multiplying what the head puts out.

    Michel et al. 2019 (arXiv 1905.10650), equation 2, with the family's loss; every attention's scores have L2 norm 1,
    as they advise.
    """
    total = {attention.name: torch.zeros(attention.heads) for attention in attentions}
    for batch in batches:
        gates: dict[str, Tensor] = {}
        with ExitStack() as hooks, torch.enable_grad():
            for attention in attentions:
                hooks.enter_context(_gated(attention, gates))
            gradients = torch.autograd.grad(loss_of(subject, batch), list(gates.values()), allow_unused=True)
        for name, gradient in zip(gates, gradients, strict=True):
            if gradient is not None:
                total[name] += gradient.abs().sum(0).cpu()
    return {name: (sums / sums.norm().clamp_min(1e-30)).tolist() for name, sums in total.items()}


def head_confidences(model: nn.Module, attentions: Sequence[Attention], batches: Batches) -> Scores:
    """Mean over the queries of the largest attention weight of each head (Voita et al. 2019, arXiv 1905.09418).

    Queries at padded positions count like others. Raises CannotCut where attention weights are not to be had.
    """
    total = {attention.name: torch.zeros(attention.heads) for attention in attentions}
    queries = dict.fromkeys(total, 0)

    def see(attention: Attention, output: Any) -> None:
        weights = output[1] if isinstance(output, tuple) and len(output) > 1 else None
        if weights is None:
            raise CannotCut(f"{attention.name} gives no attention weights", "choose another score")
        total[attention.name] += weights.amax(-1).sum((0, 2)).cpu()
        queries[attention.name] += weights.shape[0] * weights.shape[2]

    with ExitStack() as hooks, torch.no_grad(), _eager(model):
        for attention in attentions:
            hook = attention.owner.register_forward_hook(lambda _, __, output, of=attention: see(of, output))
            hooks.callback(hook.remove)
        for batch in batches:
            model(**batch.inputs)
    return {name: (sums / queries[name]).tolist() for name, sums in total.items()}


def layer_changes(model: nn.Module, stack: Stack, batches: Batches) -> list[float]:
    """Mean over the tokens of 1 - cosine of each layer's input and output (Men et al. 2024, arXiv 2403.03853).

    A layer whose input is zero, as that of DETR's first decoder layer, changes it wholly: 1.
    """
    total = [0.0] * len(stack.layers)
    tokens = [0] * len(stack.layers)

    def see(index: int, inputs: tuple[Any, ...], named: Mapping[str, Any], output: Any) -> None:
        before = inputs[0] if inputs else named["hidden_states"]
        after = output[0] if isinstance(output, tuple) else output
        similarity = cosine_similarity(before, after, dim=-1)
        total[index] += float((1 - similarity).sum())
        tokens[index] += similarity.numel()

    with ExitStack() as hooks, torch.no_grad():
        for index, layer in enumerate(stack.layers):
            hook = layer.module.register_forward_hook(
                lambda _, inputs, named, output, at=index: see(at, inputs, named, output), with_kwargs=True
            )
            hooks.callback(hook.remove)
        for batch in batches:
            model(**batch.inputs)
    return [change / count for change, count in zip(total, tokens, strict=True)]


def loss_of(subject: Subject, batch: Labelled) -> Tensor:
    """The family's loss of the model as it is: a scalar. Raises CannotCut for a batch without targets."""
    if not batch.targets:
        raise CannotCut("calibration batches have no targets", "this score needs a loss; choose another")
    return subject.family.loss(subject.model, subject.model(**batch.inputs), batch.targets)


def _l1(group: Group, rows: Sequence[nn.Module], columns: Sequence[Tensor]) -> list[float]:
    total = torch.zeros(group.count * group.each, dtype=torch.float64)
    for module in rows:
        total += _weight(module).abs().double().transpose(0, rows_of(module)).flatten(1).sum(1).cpu()
    for tensor in columns:
        total += tensor.abs().double().flatten(0, -2).sum(0).cpu()
    sums: list[float] = total.view(group.count, group.each).sum(1).tolist()
    return sums


def _weight(module: nn.Module) -> Tensor:
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight


@contextmanager
def _gated(attention: Attention, gates: dict[str, Tensor]) -> Iterator[None]:
    """A gate per sample and head on what enters the output projection; a pre-hook works under any implementation."""

    def gate(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        by_head = inputs[0].view(*inputs[0].shape[:-1], attention.heads, attention.head_dim)
        ones = by_head.new_ones(len(by_head), attention.heads).requires_grad_()
        gates[attention.name] = ones
        spread = ones.view(len(by_head), *(1,) * (by_head.dim() - 3), attention.heads, 1)
        return ((by_head * spread).flatten(-2), *inputs[1:])

    hook = attention.output.register_forward_pre_hook(gate)
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def _eager(model: nn.Module) -> Iterator[None]:
    """Attention computed step by step, the only way in which transformers hands out its weights.

    Its own switch cannot go back: it asks the ResNet inside, which knows no other attention, and raises.
    """
    configs = {id(config): config for module in model.modules() if (config := getattr(module, "config", None))}
    before = {key: getattr(config, "_attn_implementation", None) for key, config in configs.items()}
    for config in configs.values():
        config._attn_implementation = "eager"
    try:
        yield
    finally:
        # Outer configs come first and overwrite inner ones, which are set back after them.
        for key, config in configs.items():
            config._attn_implementation = before[key]
