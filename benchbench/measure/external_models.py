"""Subjects of models that somebody else built: opened, checked, and called like a family's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Family, Inputs, Subject
from benchbench.catalog.memory import available
from benchbench.catalog.onnx_file import OnnxFile, Stored, examine, stored
from benchbench.catalog.onnx_session import session
from benchbench.errors import CannotRun
from benchbench.measure.external import External, permitted
from benchbench.measure.foreign_outputs import refuse_misfits

ConfigOf = Callable[[], Any]
"""The config of the family's own model, built when a prediction asks for it: how labels are numbered, say."""


@dataclass
class Foreign(Subject):
    """A subject whose inside may not be what the family knows, and whose outputs may be anything."""

    name: str = ""

    def compute(self, **inputs: Any) -> Any:
        """As of any subject. Raises CannotRun for outputs that are not what a model of the family gives."""
        outputs = super().compute(**inputs)
        refuse_misfits(outputs, inputs, self.family, self.name)
        return outputs

    @property
    def anatomy(self) -> Anatomy:
        """Raises CannotRun where the model is not one of the family's own architecture."""
        try:
            return self.family.anatomy(self.model)
        except Exception as error:
            what = f"nothing is known of the inside of this external model: {error}"
            raise CannotRun(what, f"only a model of the architecture '{self.family.name}' shows its parts") from error


class Outputs(SimpleNamespace):
    """Tensors under the names that a model gives them."""

    def __getattr__(self, name: str) -> Any:
        raise Unnamed(f"the output '{name}' is wanted, and the external model gives {', '.join(vars(self))}")


class Unnamed(CannotRun, AttributeError):
    """An output that is not there under the name that the family reads."""


def subject_of(external: External, family: Family, seed: int, allowed: Collection[str], config: ConfigOf) -> Subject:
    """Open an external model that is closed to the family. Raises CannotRun; nothing runs that is not `allowed`."""
    if not permitted(external, allowed):
        raise CannotRun(f"'{external.name}' runs code of others", f"--allow-code {external.name}")
    if external.kind == "code":
        return Foreign(_made_by(external.name, family, config), family, seed, name=external.name)
    assert external.path is not None
    if external.kind == "onnx":
        file = examine(external.path)
        return Foreign(Graph(file, config), family, seed, stored=lambda: stored(file), name=external.name)
    program = Program(external.path, external.card, config)
    return Foreign(program, family, seed, stored=program.stored, name=external.name)


class Closed(nn.Module):
    """A model that is called by keyword and says what it wants. `config` is that of the family's own."""

    def __init__(self, path: Path, config: ConfigOf) -> None:
        super().__init__()
        self.path, self._config_of = path, config

    @cached_property
    def config(self) -> Any:
        return self._config_of()

    def _fits(self, inputs: Inputs, wanted: Mapping[str, tuple[str, Sequence[int | str]]]) -> Iterator[str]:
        """What keeps these inputs from being those wanted: by name a dtype and sizes; one that is a text is free."""
        for name, (dtype, sizes) in wanted.items():
            given = inputs.get(name)
            if given is None:
                yield f"it wants '{name}' ({told(dtype, sizes)}), which is not among {', '.join(inputs)}"
                continue
            here = str(given.dtype).removeprefix("torch.")
            if here != dtype or not _matches(given.shape, sizes):
                yield f"'{name}' is {told(here, given.shape)}, not {told(dtype, sizes)}"
        for name in inputs.keys() - wanted.keys():
            # A mask that hides nothing says nothing.
            if not bool((inputs[name] == 1).all()):
                yield f"it does not take '{name}', which is not all ones here"

    def _refuse_misfits(self, inputs: Inputs, wanted: Mapping[str, tuple[str, Sequence[int | str]]]) -> None:
        misfits = list(self._fits(inputs, wanted))
        if misfits:
            hint = "inputs are named, sized and typed as the family prepares them; see `timing`, `input` and `batch`"
            raise CannotRun(f"{self.path}: {'; '.join(misfits)}", hint)


class Graph(Closed):
    """An ONNX file in ONNX Runtime."""

    def __init__(self, file: OnnxFile, config: ConfigOf) -> None:
        super().__init__(file.path, config)
        _check_room(file.path, file.nbytes)
        self._session = session(file.path, torch.get_num_threads())
        self._wanted = {each.name: (each.dtype, each.sizes) for each in file.inputs}

    def forward(self, **inputs: Tensor) -> Outputs:
        self._refuse_misfits(inputs, self._wanted)
        return Outputs(**vars(self._session(**inputs)))


class Program(Closed):
    """A program that torch.export wrote. Loading one can run whatever its author wanted."""

    def __init__(self, path: Path, card: Mapping[str, Any], config: ConfigOf) -> None:
        super().__init__(path, config)
        _check_room(path, path.stat().st_size)
        self._wanted = _wanted(card)
        try:
            self._program = torch.export.load(path)
            # A program is in the mode in which it was exported, and refuses to be told.
            self._call = self._program.module()
        except Exception as error:
            raise CannotRun(f"{path} cannot be loaded: {type(error).__name__}: {error}", "export it again") from error

    def train(self, mode: bool = True) -> Program:
        self.training = mode
        return self

    def forward(self, **inputs: Tensor) -> Outputs:
        self._refuse_misfits(inputs, self._wanted)
        return Outputs(**self._call(**{name: inputs[name] for name in self._wanted}))

    def stored(self) -> Stored:
        """Counts of the parameters in the program."""
        weights = [self._program.state_dict[name] for name in self._program.graph_signature.parameters]
        nonzero, size = sum(int(each.count_nonzero()) for each in weights), self.path.stat().st_size
        words = f"file: torch.export, {size} bytes; MiB is 2^20 bytes"
        return Stored(sum(each.numel() for each in weights), nonzero, size, words)


class Factory(nn.Module):
    """What a factory made, called by keyword. `config` is its own, or that of the family's where it has none."""

    def __init__(self, model: nn.Module, name: str, config: ConfigOf) -> None:
        super().__init__()
        self.model, self._name, self._config_of = model, name, config

    @cached_property
    def config(self) -> Any:
        own = getattr(self.model, "config", None)
        return own if hasattr(own, "num_labels") else self._config_of()

    def forward(self, **inputs: Any) -> Any:
        try:
            inspect.signature(self.model.forward).bind(**inputs)
        except TypeError as error:
            raise CannotRun(f"'{self._name}' does not take {', '.join(inputs)}: {error}") from error
        found = self.model(**inputs)
        return Outputs(**found) if type(found) is dict and all(isinstance(each, str) for each in found) else found


def _made_by(name: str, family: Family, config: ConfigOf) -> nn.Module:
    """What a factory made: as it is where it is of the family's own architecture, so that its parts are known."""
    model = _made(name)
    try:
        family.anatomy(model)
    except Exception:
        return Factory(model, name, config)
    return model


def _made(name: str) -> nn.Module:
    """Call a factory of the user's own. Raises CannotRun where there is none, or it makes something else."""
    from pkgutil import resolve_name

    try:
        model = resolve_name(name)()
    except Exception as error:
        what = f"'{name}' cannot be called: {type(error).__name__}: {error}"
        raise CannotRun(what, "it must be importable: install its package, or set PYTHONPATH to its folder") from error
    if not isinstance(model, nn.Module):
        raise CannotRun(f"'{name}' made a {type(model).__name__}", "a factory answers a torch.nn.Module")
    return model


def told(dtype: str, sizes: Sequence[int | str]) -> str:
    """`float32 (1, 3, 224, 224)`."""
    return f"{dtype} ({', '.join(map(str, sizes))})"


def _matches(shape: Sequence[int], sizes: Sequence[int | str]) -> bool:
    return len(shape) == len(sizes) and all(
        isinstance(want, str) or here == want for here, want in zip(shape, sizes, strict=True)
    )


def _wanted(card: Mapping[str, Any]) -> dict[str, tuple[str, Sequence[int | str]]]:
    """The inputs that a card names. Raises CannotRun where it tells none."""
    try:
        return {each["name"]: (each["dtype"], list(each["shape"])) for each in card["input"]["tensors"]}
    except (KeyError, TypeError) as error:
        raise CannotRun("the card names no inputs", "export it again") from error


def _check_room(path: Path, size: int) -> None:
    """Raises CannotRun for a file that would not fit into memory with what is made of it."""
    if 2 * size > available():
        raise CannotRun(f"{path} has {size:,} bytes, too many for this machine", "free some memory")
