"""Finding DETR's weights on this machine: in the package, in a folder, in a file, in the Hugging Face cache."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from benchbench.catalog.contracts import Absent, Weights

STAND_IN = Path(__file__).parents[3] / "stand_ins" / "detr"
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
_REVISIONS = ("no_timm", "main")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def locate(checkpoint: str) -> Weights | Absent:
    """Find a checkpoint: "random", "stand-in", a folder, a file of the original layout, or a repository in the cache.

    The fingerprint of trained weights is the sha256 of their file, followed by 16 digits of their config's where
    there is one, since it decides what they compute.
    """
    if checkpoint == "random":
        return Weights(kind="random", fingerprint="random", origin="random weights")
    if checkpoint == "stand-in":
        return _folder(STAND_IN, "stand-in", "reinstall benchbench with its package data")
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        return _folder(path, str(path), "save the model with save_pretrained into it")
    if path.is_file():
        return Weights(kind="trained", fingerprint=_fingerprint(path), path=path, origin=str(path))
    if _REPOSITORY.fullmatch(checkpoint) and not path.suffix:
        return _cached(checkpoint)
    return Absent(f"checkpoint '{checkpoint}' is neither a file nor a folder here", "give the path of a checkpoint")


def config_beside(path: Path) -> Path | None:
    """The config.json of a weights file in a Hugging Face folder; None for the original layout."""
    config = path.parent / "config.json"
    return config if path.name in WEIGHT_FILES and config.is_file() else None


def _folder(folder: Path, origin: str, remedy: str) -> Weights | Absent:
    weights = next((folder / name for name in WEIGHT_FILES if (folder / name).is_file()), None)
    if weights is None:
        return Absent(f"{folder} holds no {' or '.join(WEIGHT_FILES)}", remedy)
    if config_beside(weights) is None:
        return Absent(f"{folder} holds no config.json", remedy)
    return Weights(kind="trained", fingerprint=_fingerprint(weights), path=weights, origin=origin)


def _cached(repository: str) -> Weights | Absent:
    """Look where huggingface_hub keeps its downloads; the revision without timm's backbone names comes first."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    remedy = f"benchbench fetch {repository}"
    for revision in _REVISIONS:
        for name in WEIGHT_FILES:
            try:
                found = try_to_load_from_cache(repository, name, revision=revision)
            except HFValidationError:
                return Absent(
                    f"{repository} is no file, no folder and no name of the hub", "check the checkpoint's name"
                )
            if isinstance(found, str):
                return _folder(Path(found).parent, f"{repository}@{revision}", remedy)
    return Absent(f"{repository} is not in the Hugging Face cache", remedy)


def _fingerprint(weights: Path) -> str:
    config = config_beside(weights)
    return _digest(weights) + (f"-{_digest(config)[:16]}" if config else "")


def _digest(path: Path) -> str:
    state = path.stat()
    return _read_digest(path.resolve(), state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=64)
def _read_digest(path: Path, _size: int, _modified: int) -> str:
    """Read once in a process, as long as size and time of the file stay what they were."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
