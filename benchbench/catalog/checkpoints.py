"""Finding a model's weights on this machine: package, folder, file, `$BENCHBENCH_CHECKPOINTS`, Hugging Face cache."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.digests import sha256_of
from benchbench.errors import nearest

STAND_INS = Path(__file__).parents[1] / "stand_ins"
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
VARIABLE = "BENCHBENCH_CHECKPOINTS"
"""The environment's name for a folder of checkpoints, or for one file of weights."""

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
Aliases = Mapping[str, Sequence[str]]
"""For a model of the hub, the names under which its original authors publish the same weights as a file."""


def locate(
    checkpoint: str,
    *,
    stand_in: Path,
    revisions: Sequence[str],
    aliases: Aliases,
    stand_ins: Mapping[str, Path] | None = None,
) -> Weights | Absent:
    """Find a checkpoint: "random", "stand-in", a folder, a file, or a model of the hub by its name.

    A family with several `stand_ins` has each under "stand-in/" and its name.

    A model of the hub `owner/name` is looked for in `$BENCHBENCH_CHECKPOINTS` first: as the folder `name`, then as the
    file of one of its `aliases`; a variable that names a file stands only for the models that file is an alias of. The
    Hugging Face cache comes after that, in the order of `revisions`. The fingerprint of trained weights is the sha256
    of their file, followed by 16 digits of their config's where there is one, since it decides what they compute.
    """
    if checkpoint == "random":
        return Weights(kind="random", fingerprint="random", origin="random weights")
    if checkpoint.partition("/")[0] == "stand-in":
        return _shipped(checkpoint, {"": stand_in, **(stand_ins or {})})
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        return _folder(path, str(path), "save the model with save_pretrained into it")
    if path.is_file():
        return _file(path, str(path))
    if _REPOSITORY.fullmatch(checkpoint) and not path.suffix:
        names = aliases.get(checkpoint, ())
        return _provided(checkpoint, names) or _cached(checkpoint, revisions, names)
    return Absent(f"checkpoint '{checkpoint}' is neither a file nor a folder here", "give the path of a checkpoint")


def _shipped(checkpoint: str, stand_ins: Mapping[str, Path]) -> Weights | Absent:
    name = checkpoint.partition("/")[2]
    if name not in stand_ins:
        return Absent(
            f"this family has no stand-in '{name}'", nearest(name, filter(None, stand_ins)) or "write stand-in"
        )
    return _folder(stand_ins[name], checkpoint, "reinstall benchbench with its package data")


def config_beside(path: Path) -> Path | None:
    """The config.json of a weights file in a Hugging Face folder; None for the original layout."""
    config = path.parent / "config.json"
    return config if path.name in WEIGHT_FILES and config.is_file() else None


def _provided(repository: str, aliases: Collection[str]) -> Weights | Absent | None:
    """What `$BENCHBENCH_CHECKPOINTS` holds of this model; Absent for a folder of its name that is incomplete."""
    root = _named()
    if root is None:
        return None
    if root.is_file():
        return _file(root, _origin(repository, root)) if root.name in aliases else None
    for path in _candidates(root, repository, aliases):
        if path.is_dir():
            return _folder(path, _origin(repository, path), "save the model with save_pretrained into it")
        if path.is_file():
            return _file(path, _origin(repository, path))
    return None


def _candidates(root: Path, repository: str, aliases: Collection[str]) -> Iterator[Path]:
    name = repository.split("/", 1)[1]
    if root.name == name:
        yield root
    yield from (root / each for each in (name, *aliases))


def _named() -> Path | None:
    value = os.environ.get(VARIABLE)
    return Path(value).expanduser() if value else None


def _origin(repository: str, path: Path) -> str:
    return f"{repository} ({path})"


def _file(path: Path, origin: str) -> Weights:
    return Weights(kind="trained", fingerprint=_fingerprint(path), path=path, origin=origin)


def _folder(folder: Path, origin: str, remedy: str) -> Weights | Absent:
    weights = next((folder / name for name in WEIGHT_FILES if (folder / name).is_file()), None)
    if weights is None:
        return Absent(f"{folder} holds no {' or '.join(WEIGHT_FILES)}", remedy)
    if config_beside(weights) is None:
        return Absent(f"{folder} holds no config.json", remedy)
    return _file(weights, origin)


def _cached(repository: str, revisions: Sequence[str], aliases: Collection[str]) -> Weights | Absent:
    """Look where huggingface_hub keeps its downloads, revision by revision."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    remedy = _remedy(repository, aliases)
    for revision in revisions:
        for name in WEIGHT_FILES:
            try:
                found = try_to_load_from_cache(repository, name, revision=revision)
            except HFValidationError:
                return Absent(
                    f"{repository} is no file, no folder and no name of the hub", "check the checkpoint's name"
                )
            if isinstance(found, str):
                return _folder(Path(found).parent, f"{repository}@{revision}", remedy)
    return Absent(_nowhere(repository), remedy)


def _nowhere(repository: str) -> str:
    root = _named()
    if root is None:
        return f"{repository} is not in the Hugging Face cache"
    state = "does not have it" if root.exists() else "does not exist"
    return f"{repository} is not in the Hugging Face cache, and ${VARIABLE} ({root}) {state}"


def _remedy(repository: str, aliases: Collection[str]) -> str:
    files = "".join(f" or {alias}" for alias in aliases)
    where = f"set {VARIABLE} to the folder that holds {repository.split('/', 1)[1]}/{files}"
    return f"benchbench fetch {repository}, or {where}"


def _fingerprint(weights: Path) -> str:
    config = config_beside(weights)
    return sha256_of(weights) + (f"-{sha256_of(config)[:16]}" if config else "")
