"""Counting multiply-adds of one forward pass, twice: by closed formulas over shapes, and by PyTorch's counter.

The pass is made of shapes alone (PyTorch's meta device).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.formulas import macs
from benchbench.catalog.forward import forward_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Attention


@dataclass(frozen=True)
class Count:
    """Multiply-adds by formula and by counter, those inside each layer of the stacks (in their order, by formula), and
    the operators that neither of the two counts.

    `written` are the bytes of activations inside each layer, and last those outside of all: of every tensor that a
    submodule without children returns, unless it was handed through (dropout at inference) or is a view of what went
    in. What is computed between submodules (residual sums, softmax and context of the attention) is not seen.
    """

    formula: int
    counter: int
    layers: tuple[int, ...]
    uncounted: tuple[str, ...]
    written: tuple[int, ...] = ()


def count(subject: Subject, inputs: Inputs, inside: Callable[[Subject], Iterable[nn.Module]] | None = None) -> Count:
    """Both counts of a forward pass on inputs of these shapes; nothing is computed.

    `inside` tells which modules, none within another, are the layers of the count; without, those of the stacks.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    tally, shapes = Tally(inside or _layers), _shapes_of(subject)
    with ExitStack() as stack:
        tally.watch(shapes, stack.callback)
        operators = stack.enter_context(_operators())
        counter = stack.enter_context(FlopCounterMode(display=False))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        forward_of(shapes, {name: each.to("meta") for name, each in inputs.items()})()
        counted = {name for counts in counter.get_flop_counts().values() for name in map(str, counts)}
    names = sorted(name for name in operators.seen if not counted & {f"aten.{name}", name})
    total = counter.get_total_flops() // 2
    return Count(tally.total, total, tuple(tally.layers), tuple(names), (*tally.written, tally.outside))


def _shapes_of(subject: Subject) -> Subject:
    """The subject with its tensors' shapes only; nothing is copied."""
    from torch import nn

    parameters = {
        id(each): nn.Parameter(each.detach().to("meta"), each.requires_grad) for each in subject.model.parameters()
    }
    buffers = {id(each): each.to("meta") for each in subject.model.buffers()}
    model = copy.deepcopy(subject.model, {**parameters, **buffers})
    return replace(subject, model=model, executable=None)


def _layers(subject: Subject) -> Iterator[nn.Module]:
    return (layer.module for stack in subject.anatomy.stacks for layer in stack.layers)


class Tally:
    """Sums closed formulas while a forward pass goes by. Shapes are those of tensors, so that any cut is seen."""

    def __init__(self, inside: Callable[[Subject], Iterable[nn.Module]] = _layers) -> None:
        self.total = self.outside = 0
        self.layers: list[int] = []
        self.written: list[int] = []
        self._watched, self._inside = inside, -1

    def watch(self, subject: Subject, undo: Callable[..., object]) -> None:
        """Hook every convolution, linear layer and attention; `undo` is told how to unhook each."""
        from torch.nn.modules.dropout import _DropoutNd

        for module, hook in self._hooks(subject):
            undo(module.register_forward_hook(hook).remove)
        for module in subject.model.modules():
            # Dropout does nothing at inference, but for shapes alone it copies.
            if not any(module.children()) and not isinstance(module, _DropoutNd):
                undo(module.register_forward_hook(self._wrote, with_kwargs=True).remove)
        for index, module in enumerate(self._watched(subject)):
            self.layers.append(0)
            self.written.append(0)
            undo(module.register_forward_pre_hook(lambda *_, at=index: self._enter(at)).remove)
            undo(module.register_forward_hook(lambda *_: self._enter(-1)).remove)

    def _enter(self, layer: int) -> None:
        self._inside = layer

    def _add(self, multiply_adds: int) -> None:
        self.total += multiply_adds
        if self._inside >= 0:
            self.layers[self._inside] += multiply_adds

    def _wrote(self, _module: nn.Module, inputs: Any, named: Any, output: Any) -> None:
        """Storages tell new tensors from those that were handed through; of shapes alone they have no address."""
        given = {each.untyped_storage()._cdata for each in _tensors((inputs, named))}
        new = [each for each in _tensors(output) if each.untyped_storage()._cdata not in given]
        written = sum(each.numel() * each.element_size() for each in new)
        if self._inside >= 0:
            self.written[self._inside] += written
        else:
            self.outside += written

    def _hooks(self, subject: Subject) -> Iterator[tuple[nn.Module, Callable[..., None]]]:
        from torch import nn

        for module in subject.model.modules():
            if isinstance(module, nn.Conv2d):
                yield module, self._convolution
            elif isinstance(module, nn.ConvTranspose2d):
                yield module, self._transposed
            elif isinstance(module, nn.Linear):
                yield module, self._linear
        anatomy = subject.anatomy
        layers = (layer for stack in anatomy.stacks for layer in stack.layers)
        for attention in (each for layer in layers for each in layer.attentions):
            yield from self._attention(attention)
        if (products := anatomy.products) is not None:
            yield subject.model, lambda _module, _inputs, output: self._add(products(output))

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


def _tensors(values: Any) -> Iterator[Tensor]:
    """The tensors of a module's inputs or outputs, which may be nested."""
    import torch

    if isinstance(values, torch.Tensor):
        yield values
    elif isinstance(values, tuple | list | Mapping):
        for each in values.values() if isinstance(values, Mapping) else values:
            yield from _tensors(each)


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
