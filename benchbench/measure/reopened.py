"""A folder of safetensors that `benchbench export` wrote, as a subject again: the base model, its cuts, its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchbench.catalog.checkpoints import config_beside
from benchbench.catalog.contracts import Family, Step, Subject, Training, Weights
from benchbench.catalog.memory import available
from benchbench.catalog.surgery.store import load, save
from benchbench.errors import BadCheckpoint
from benchbench.measure.deployed import BASE, LARGEST_CARD, SURGERY
from benchbench.measure.shelves import Lookup
from benchbench.types import Json

CONFIG, WEIGHTS = "config.json", "model.safetensors"
FLOAT_BYTES = 4


def write(subject: Subject, folder: Path, weights: Weights, architecture: Mapping[str, Json]) -> None:
    """Write a cut model so that `read` opens it without the checkpoint it was cut from.

    Beside weights and surgery lie the config of that checkpoint, where it has one, and the names and shapes of its
    tensors: enough to build the uncut model again, filled with zeros.
    """
    save(subject, folder, weights, architecture)
    beside = None if weights.path is None else config_beside(weights.path)
    config = None if beside is None else json.loads(beside.read_text(encoding="utf-8"))
    shapes = {} if beside is None or weights.path is None else _shapes(weights.path)
    base = {"config": config, "tensors": shapes}
    (folder / BASE).write_text(json.dumps(base, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(folder: Path, family: Family, steps: Lookup[Step | Training]) -> Subject:
    """Open what `write` left. Raises BadCheckpoint for whatever is missing, damaged or does not fit."""
    base, story = _object(folder / BASE), _object(folder / SURGERY)
    with _base(base, folder) as path:
        made_of = story.get("weights")
        fingerprint = str(made_of.get("fingerprint")) if isinstance(made_of, dict) else ""
        return load(family, folder, _Repeated(steps), Weights("trained", fingerprint, path))


def _shapes(path: Path) -> dict[str, list[int]]:
    """Those of the tensors in a checkpoint; of safetensors nothing but the header is read."""
    if path.suffix != ".safetensors":
        from benchbench.catalog.weight_files import read as read_weights

        return {name: list(tensor.shape) for name, tensor in read_weights(path).items()}
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 - no mapping


class _Repeated(Mapping[str, Step]):
    """Steps as a loaded model takes them again: a training left no mark but in the weights."""

    def __init__(self, steps: Lookup[Step | Training]) -> None:
        self._steps = steps

    def __getitem__(self, name: str) -> Step:
        step = self._steps[name]
        return step if isinstance(step, Step) else Step(name, step.version, False, lambda: None, lambda *_: None)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@contextmanager
def _base(base: Mapping[str, Any], folder: Path) -> Iterator[Path | None]:
    """A checkpoint of zeros in the base's shapes, as long as it is needed; none where sizes are all in the settings."""
    if base.get("config") is None:
        yield None
        return
    with TemporaryDirectory(prefix="benchbench-") as place:
        path = Path(place) / WEIGHTS
        path.with_name(CONFIG).write_text(json.dumps(base["config"]), encoding="utf-8")
        _zeros(base.get("tensors"), path, folder)
        yield path


def _zeros(tensors: Any, path: Path, folder: Path) -> None:
    """A safetensors file of float32 zeros, which takes no room on the disk. Raises BadCheckpoint."""
    if not isinstance(tensors, dict) or not all(_is_shape(shape) for shape in tensors.values()):
        raise BadCheckpoint(f"{folder / BASE}: 'tensors' must name a shape for each", "export it again")
    header, at = {}, 0
    for name, shape in tensors.items():
        end = at + FLOAT_BYTES * prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, end]}
        at = end
    if 4 * at > available():
        raise BadCheckpoint(f"{folder / BASE} tells of {at:,} bytes, too many for this machine", "free some memory")
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)


def _object(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_CARD:
            raise ValueError(f"larger than {LARGEST_CARD // 2**20} MiB")
        found = json.loads(path.read_bytes())
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: {error}", "export it again") from error
    return found
