"""Which devices are there for a process that is started from here, and what PyTorch was built for."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from benchbench.catalog.nvidia.device import Gpu, Panel
from benchbench.catalog.nvidia.nvml import Nvml
from benchbench.catalog.nvidia.smi import Smi

VISIBLE = "CUDA_VISIBLE_DEVICES"


@cache
def panel() -> Panel | None:
    """Whoever answers on this machine; None where there is no driver."""
    for kind in (Nvml, Smi):
        found: Panel = kind()
        try:
            found.gpus()
        except OSError:
            continue
        return found
    return None


@cache
def at_hand() -> tuple[Gpu, ...]:
    """The devices that a process started from here sees, in the order of CUDA's indices (those of the PCI bus)."""
    asked = panel()
    return visible(asked.gpus(), os.environ) if asked else ()


def visible(gpus: Sequence[Gpu], environment: Mapping[str, str]) -> tuple[Gpu, ...]:
    """Those that CUDA_VISIBLE_DEVICES leaves, in its order; as CUDA does, it is read up to the first that is unknown.

    A slice of a device (MIG) is told by its device, which is known only where there is one.
    """
    if VISIBLE not in environment:
        return tuple(gpus)
    found: list[Gpu] = []
    for word in environment[VISIBLE].split(","):
        named = _named(gpus, word.strip())
        if named is None or named in found:
            break
        found.append(named)
    return tuple(found)


def _named(gpus: Sequence[Gpu], word: str) -> Gpu | None:
    if word.isascii() and word.isdigit():
        return gpus[int(word)] if int(word) < len(gpus) else None
    if word.startswith("MIG-") and len(gpus) == 1:
        return replace(gpus[0], name=f"{gpus[0].name} ({word})")
    matching = [gpu for gpu in gpus if word.startswith("GPU-") and gpu.uuid.startswith(word)]
    return matching[0] if len(matching) == 1 else None


@cache
def build() -> dict[str, str | None]:
    """What PyTorch was built for, by its own file of versions, which is read and not run: `cuda` and `hip`."""
    spec = find_spec("torch")
    file = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
    return read_build(file.read_text(encoding="utf-8")) if file and file.is_file() else {}


def read_build(text: str) -> dict[str, str | None]:
    """The assignments of text, or of None, to plain names."""
    found: dict[str, str | None] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            value = node.value.value
            if isinstance(target, ast.Name) and (value is None or isinstance(value, str)):
                found[target.id] = value
    return found
