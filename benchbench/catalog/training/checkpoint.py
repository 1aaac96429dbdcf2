"""Where a training stands, on disk: each checkpoint one file, whole or not there, checked when it is read.

Files are named by the stamp of the training they belong to, so that another training's are neither read nor touched;
the newest two are kept. Safetensors hold no code; a digest in the header covers every tensor and the header's own
account, since the format itself does not notice a changed byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.errors import CannotTrain, Unwritable
from benchbench.whole_files import whole

if TYPE_CHECKING:
    from torch import Tensor

KEPT = 2
_ACCOUNT, _DIGEST = "benchbench", "sha256"


@dataclass
class Progress:
    """`step` steps are done. `recent` are the losses since the curve's last point; `extra` is the gradient scaler's."""

    step: int = 0
    seconds: float = 0.0
    peak_mib: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


class Checkpoints:
    """The checkpoints of one training in a folder. `tell` hears of those that are damaged or of another training."""

    def __init__(self, folder: Path, stamp: str, tell: Callable[[str], None]) -> None:
        self._folder, self._stamp, self._tell = folder, stamp, tell

    def newest(self) -> tuple[Progress, dict[str, Tensor]] | None:
        """The newest that is whole; None where there is none, and training begins at its start."""
        for path in reversed(self._files()):
            try:
                return _read(path)
            except ValueError as error:
                self._tell(f"checkpoint {path.name} is damaged ({error}): going back to the one before it")
        others = [path for path in self._folder.glob("*-*.safetensors") if not path.name.startswith(self._prefix)]
        if others:
            self._tell(f"{self._folder} holds checkpoints of another training ({others[0].name}): left as they are")
        return None

    def save(self, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
        """Raises CannotTrain where it cannot be written; the checkpoints before it stay."""
        path = self._folder / f"{self._prefix}{progress.step:09d}.safetensors"
        account = json.dumps(asdict(progress))
        write(path, tensors, {_ACCOUNT: account, _DIGEST: digest(tensors, account)})
        for old in self._files()[:-KEPT]:
            old.unlink(missing_ok=True)

    @property
    def start(self) -> Path:
        """Where the weights as they were at the start are kept while the training runs."""
        return self._folder / f"start-{self._stamp}.tensors"

    @property
    def _prefix(self) -> str:
        return f"{self._stamp}-"

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"{self._prefix}*.safetensors"))


def write(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """A safetensors file, whole on disk before it has its name. Raises CannotTrain saying how to go on."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        with whole(path) as unfinished:
            save_file(dict(tensors), unfinished, dict(header))
    except (Unwritable, SafetensorError) as error:
        hint = "make room and run it again: it goes on from the checkpoint before, if there is one"
        what = error.what if isinstance(error, Unwritable) else str(error)
        raise CannotTrain(f"the checkpoint {path} cannot be written: {what}", hint) from error


def digest(tensors: Mapping[str, Tensor], account: str) -> str:
    """Of names, kinds, shapes and every byte, and of the account."""
    import torch

    found = hashlib.sha256(account.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def _read(path: Path) -> tuple[Progress, dict[str, Tensor]]:
    """Raises ValueError for whatever is not as it was written."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise ValueError(str(error)) from error
    account = header.get(_ACCOUNT, "")
    if header.get(_DIGEST) != digest(tensors, account):
        raise ValueError("its content is not what was written")
    told = json.loads(account)
    told["curve"] = [tuple(point) for point in told["curve"]]
    return Progress(**told), tensors
