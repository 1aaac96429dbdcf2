"""Counting multiply-adds of one forward pass, twice: by closed formulas over shapes, and by PyTorch's counter.

The pass is made of shapes alone (PyTorch's meta device).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.formulas import macs
from benchbench.catalog.forward import forward_of

if TYPE_CHECKING:
    from torch import nn

    from benchbench.catalog.anatomy import Attention


@dataclass(frozen=True)
class Count:
    """Multiply-adds by formula and by counter, those inside each layer of the stacks (in their order, by formula), and
    the operators that neither of the two counts.
    """

    formula: int
    counter: int
    layers: tuple[int, ...]
    uncounted: tuple[str, ...]


def count(subject: Subject, inputs: Inputs) -> Count:
    """Both counts of a forward pass on inputs of these shapes; nothing is computed."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    tally, shapes = Tally(), _shapes_of(subject)
    with ExitStack() as stack:
        tally.watch(shapes, stack.callback)
        operators = stack.enter_context(_operators())
        counter = stack.enter_context(FlopCounterMode(display=False))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        forward_of(shapes, {name: each.to("meta") for name, each in inputs.items()})()
        counted = {name for counts in counter.get_flop_counts().values() for name in map(str, counts)}
    names = sorted(name for name in operators.seen if not counted & {f"aten.{name}", name})
    return Count(tally.total, counter.get_total_flops() // 2, tuple(tally.layers), tuple(names))


def _shapes_of(subject: Subject) -> Subject:
    """The subject with its tensors' shapes only; nothing is copied."""
    from torch import nn

    parameters = {
        id(each): nn.Parameter(each.detach().to("meta"), each.requires_grad) for each in subject.model.parameters()
    }
    buffers = {id(each): each.to("meta") for each in subject.model.buffers()}
    return replace(subject, model=copy.deepcopy(subject.model, {**parameters, **buffers}))


class Tally:
    """Sums closed formulas while a forward pass goes by. Shapes are those of tensors, so that any cut is seen."""

    def __init__(self) -> None:
        self.total = 0
        self.layers: list[int] = []
        self._inside = -1

    def watch(self, subject: Subject, undo: Callable[..., object]) -> None:
        """Hook every convolution, linear layer and attention; `undo` is told how to unhook each."""
        for module, hook in self._hooks(subject):
            undo(module.register_forward_hook(hook).remove)
        for index, layer in enumerate(layer for stack in subject.anatomy.stacks for layer in stack.layers):
            self.layers.append(0)
            undo(layer.module.register_forward_pre_hook(lambda *_, at=index: self._enter(at)).remove)
            undo(layer.module.register_forward_hook(lambda *_: self._enter(-1)).remove)

    def _enter(self, layer: int) -> None:
        self._inside = layer

    def _add(self, multiply_adds: int) -> None:
        self.total += multiply_adds
        if self._inside >= 0:
            self.layers[self._inside] += multiply_adds

    def _hooks(self, subject: Subject) -> Iterator[tuple[nn.Module, Callable[..., None]]]:
        from torch import nn

        for module in subject.model.modules():
            if isinstance(module, nn.Conv2d):
                yield module, self._convolution
            elif isinstance(module, nn.ConvTranspose2d):
                yield module, self._transposed
            elif isinstance(module, nn.Linear):
                yield module, self._linear
        for stack in subject.anatomy.stacks:
            for layer in stack.layers:
                for attention in layer.attentions:
                    yield from self._attention(attention)

    def _convolution(self, module: nn.Conv2d, _inputs: Any, output: Any) -> None:
        out_channels, group, *kernel = module.weight.shape
        places = output.numel() // out_channels
        self._add(macs.convolution(places, out_channels, group, tuple(kernel)))

    def _transposed(self, module: nn.ConvTranspose2d, inputs: Any, _output: Any) -> None:
        in_channels, group, *kernel = module.weight.shape
        places = inputs[0].numel() // in_channels
        self._add(macs.convolution(places, in_channels, group, tuple(kernel)))

    def _linear(self, module: nn.Linear, _inputs: Any, output: Any) -> None:
        out_features, in_features = module.weight.shape
        self._add(macs.linear(output.numel() // out_features, in_features, out_features))

    def _attention(self, attention: Attention) -> Iterator[tuple[nn.Module, Callable[..., None]]]:
        """Queries come by, then keys, then values: with the last, the tokens of all are known."""
        tokens: dict[str, tuple[int, int, int]] = {}

        def note(name: str) -> Callable[..., None]:
            def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
                tokens[name] = tuple(output.shape)
                if len(tokens) == 3:
                    (batch, queries, inner), (_, keys, _) = tokens["query"], tokens["key"]
                    self._add(macs.attention(batch, queries, keys, inner, tokens["value"][2]))
                    tokens.clear()

            return hook

        yield attention.query, note("query")
        yield attention.key, note("key")
        yield attention.value, note("value")


def _operators() -> Any:
    """A mode that notes the names of the operators that compute something.

    A meta tensor has no values; the one question that models ask of it is whether their mask hides anything, and the
    inputs of cost probes are unpadded: the answer is that all is seen.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    value_of = torch.ops.aten._local_scalar_dense.default

    class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.seen: set[str] = set()

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if not func.is_view:
                self.seen.add(func.overloadpacket.__name__)
            if func is value_of and args[0].is_meta and args[0].dtype is torch.bool:
                return True
            return func(*args, **(kwargs or {}))

    return Operators()
