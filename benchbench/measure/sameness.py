"""Which modules of several models compute the same thing, bit for bit, as far as their insides tell.

Two modules are the same if their classes, plain attributes, parameters and buffers are, and so their submodules in
their order. Tensors are compared with each other: it is exact, and cheaper than a digest. Whatever is not understood is
taken to be different: a class of unknown origin, which may keep state or draw numbers; training mode; hooks; a
replaced forward; an attribute of a kind that cannot be compared.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from itertools import count
from types import BuiltinFunctionType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.measure.tensor_bits import same, sample

KNOWN = ("torch.", "transformers.", "benchbench.")
"""Whose modules, in eval mode, are functions of their inputs, attributes and tensors alone."""
WHOLE = frozenset(
    {
        *("encoder_layers", "decoder_layers", "num_hidden_layers"),
        *("out_features", "out_indices", "_out_features", "_out_indices", "stage_names"),
        *("_name_or_path", "name_or_path", "_commit_hash", "transformers_version", "architectures"),
    }
)
"""What a config tells of the whole model, of how many layers and which of them are read: no layer computes with it."""
_INSIDES = frozenset(vars(nn.Module())) - {"training"}
_PLAIN = (type(None), bool, int, str, bytes, torch.dtype, torch.device, torch.Size, Enum)
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_HARMLESS = "transformers.utils.output_capturing"
"""Its hooks collect outputs for a model that is asked for them; no layer is, unless its config says so."""


class NotToldApartError(Exception):
    """Something that cannot be compared."""


class Sameness:
    """Gives numbers to modules: those that are the same get the same one. Holds on to one tensor of each kind."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._modules: dict[int, tuple[nn.Module, int]] = {}
        self._tensors: dict[Hashable, list[tuple[Tensor, int]]] = {}
        self._configs: dict[int, tuple[Any, Hashable]] = {}
        self._next = count()

    def number(self, module: nn.Module) -> int:
        """The module's number; one of its own where it cannot be told apart."""
        found = self._modules.get(id(module))
        if found is None:
            found = module, self._of(self._parts(module))
            self._modules[id(module)] = found
        return found[1]

    def _parts(self, module: nn.Module) -> Hashable:
        try:
            inside = tuple((name, self.number(child)) for name, child in module.named_children())
            return (_class(module), *self._attributes(module), *self._held(module), inside)
        except NotToldApartError:
            return object()

    def _of(self, parts: Hashable) -> int:
        return self._numbers.setdefault(parts, next(self._next))

    def _attributes(self, module: nn.Module) -> Iterator[Hashable]:
        if module.training or "forward" in vars(module) or any(_alien(module)):
            raise NotToldApartError
        for name, value in sorted(vars(module).items()):
            if name not in _INSIDES and name != "_output_capturing_hooks_installed":
                yield name, self._plain(value)

    def _held(self, module: nn.Module) -> Iterator[Hashable]:
        for holder in (module._parameters, module._buffers):
            for name, tensor in holder.items():
                yield name, None if tensor is None else self._tensor(tensor)

    def _tensor(self, tensor: Tensor) -> int:
        if type(tensor) not in {Tensor, nn.Parameter} or tensor.layout is not torch.strided:
            raise NotToldApartError
        if tensor.is_quantized or tensor.is_inference():
            raise NotToldApartError
        kind = (tensor.dtype, tensor.shape, tensor.stride(), tensor.device, sample(tensor))
        alike = self._tensors.setdefault(kind, [])
        for other, number in alike:
            if same(tensor.data, other.data):
                return number
        alike.append((tensor, next(self._next)))
        return alike[-1][1]

    def _plain(self, value: object) -> Hashable:
        """What stands for an attribute's value: equal for values that are the same."""
        if isinstance(value, _PLAIN):
            return type(value), value
        if isinstance(value, float):
            return float, value.hex()
        if isinstance(value, FunctionType | BuiltinFunctionType | type):
            return value
        return self._composed(value)

    def _composed(self, value: object) -> Hashable:
        if isinstance(value, tuple | list):
            return type(value), tuple(map(self._plain, value))
        if isinstance(value, set | frozenset):
            return type(value), frozenset(map(self._plain, value))
        if isinstance(value, Mapping):
            return type(value), tuple((self._plain(name), self._plain(each)) for name, each in value.items())
        if isinstance(value, Tensor):
            return Tensor, self._tensor(value)
        return self._config(value)

    def _config(self, value: Any) -> Hashable:
        """A configuration of transformers, of which many modules hold the same object."""
        if not _from(type(value), "transformers.") or not hasattr(value, "to_dict"):
            raise NotToldApartError
        if id(value) not in self._configs:
            if getattr(value, "output_attentions", False):
                raise NotToldApartError
            told = {name: each for name, each in vars(value).items() if name not in WHOLE}
            self._configs[id(value)] = value, (type(value), self._plain(told))
        return self._configs[id(value)][1]


def known(model: nn.Module) -> bool:
    """Whether all of a model is of known origin: one that is not may do anything to its parts."""
    return all(_is_known(type(module)) for module in model.modules())


def _class(module: nn.Module) -> type:
    if not _is_known(type(module)):
        raise NotToldApartError
    return type(module)


def _is_known(kind: type) -> bool:
    return any(_from(kind, root) for root in KNOWN)


def _from(kind: type, root: str) -> bool:
    return f"{kind.__module__}.".startswith(root)


def _alien(module: nn.Module) -> Iterator[object]:
    """The module's hooks but for those that do nothing here."""
    for name in _HOOKS:
        for hook in getattr(module, name).values():
            if getattr(hook, "__module__", "") != _HARMLESS:
                yield hook
