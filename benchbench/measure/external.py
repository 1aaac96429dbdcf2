"""Models that somebody else built: where they lie, what tells them apart, and what may be done with them. No torch.

An ONNX file and a folder of safetensors are data. A program of torch.export is not: loading one unpickles its constants
without restriction and evaluates the sizes it names as Python (torch 2.13, `torch._export.serde`). That, and a factory,
run only where the user named them on the command line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Literal

from benchbench.catalog.contracts import Absent, Probe, Weights, reads_outputs
from benchbench.catalog.digests import sha256_of
from benchbench.errors import BadCheckpoint, CannotRun
from benchbench.measure.deployed import CARD, FILES, read_card
from benchbench.types import Json, Skipped, Trial, Variant

Kind = Literal["onnx", "safetensors", "torch-export", "code"]
FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
RUNS_CODE = ("torch-export", "code")
CLOSED = ("onnx", "torch-export")
UNALLOWED = "its external model runs code of others, which was not allowed"
"""Why a model was not looked at. A record made when it was makes up for it."""


@dataclass(frozen=True)
class External:
    """A model that is here. `card` is that of the folder `benchbench export` wrote it into; empty without one."""

    kind: Kind
    name: str
    fingerprint: str
    path: Path | None
    card: Mapping[str, Any]

    @property
    def weights(self) -> Weights:
        """As a checkpoint's. Whose card says nothing counts as trained: nobody else declares a model of his own."""
        told = self.card.get("weights", {})
        kind: Literal["trained", "random"] = "random" if told.get("kind") == "random" else "trained"
        return Weights(kind, self.fingerprint, self.path, f"external: {self.name}")

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of its numbers: what computed it, where that is not what the condition says."""
        named = {"onnx": "an ONNX file, computed by ONNX Runtime", "torch-export": "a program of torch.export"}
        return (named[self.kind],) if self.kind in named else ()

    @property
    def facts(self) -> dict[str, Json]:
        """What a record tells of it; of a folder, what its card tells of how it was made."""
        made: dict[str, Json] = {name: self.card[name] for name in ("surgery", "recovery") if name in self.card}
        return {"external": self.name, "format": self.kind} | made


def find(variant: Variant) -> External | Absent:
    """Look for the external model of a variant, beside the suite that declares it. Imports nothing of it."""
    name = variant.external
    if FACTORY.fullmatch(name):
        return External("code", name, _source(name.partition(":")[0]), None, {})
    place = Path(variant.place.file).parent / name
    try:
        if place.is_dir():
            return _exported(place, name)
        if place.is_file() and place.suffix == ".onnx":
            return External("onnx", name, _digest(_parts(place)), place, {})
    except (BadCheckpoint, CannotRun) as error:
        return Absent(error.what, error.hint)
    except OSError as error:
        return Absent(f"{place} cannot be read: {error.strerror or error}", "check the path")
    what = f"{place} is no .onnx file and no folder that `benchbench export` wrote" if place.exists() else None
    return Absent(what or f"{place} is not there", "paths are relative to the suite; code is package.module:factory")


def known(variant: Variant) -> External:
    """As `find`. Raises BadCheckpoint for one that is not here."""
    found = find(variant)
    if isinstance(found, Absent):
        raise BadCheckpoint(f"external model of '{variant.name}': {found.reason}", found.remedy)
    return found


def fingerprints(variant: Variant, name: str = "external") -> dict[str, str]:
    """That of a variant's external model under a name, "absent" where it is not here; none where it has no such."""
    if not variant.external:
        return {}
    found = find(variant)
    return {name: "absent" if isinstance(found, Absent) else found.fingerprint}


def libraries(variant: Variant) -> tuple[str, ...]:
    """The distributions beside PyTorch that compute a variant's external model."""
    found = find(variant) if variant.external else None
    return ("onnxruntime",) if isinstance(found, External) and found.kind == "onnx" else ()


def permitted(external: External, allowed: Collection[str]) -> bool:
    """Whether it runs no code, or the user named exactly this one."""
    return external.kind not in RUNS_CODE or external.name in allowed


def hindrance(trial: Trial, probe: Probe, allowed: Collection[str]) -> Skipped | None:
    """Why a probe cannot be told of a trial's external model here, or None."""
    external = find(trial.variant)
    if isinstance(external, Absent):
        return Skipped(f"external model: {external.reason}", external.remedy)
    if not permitted(external, allowed):
        return Skipped(UNALLOWED, f"benchbench run SUITE --allow-code {external.name}")
    return _mismade(external, trial, probe) or (_shut(external, trial, probe) if external.kind in CLOSED else None)


def _mismade(external: External, trial: Trial, probe: Probe) -> Skipped | None:
    """A model that its card calls another family's, or untrained where its outputs are asked for."""
    family = external.card.get("family", trial.scale.family)
    if family != trial.scale.family:
        return Skipped(f"'{external.name}' is of the family {family}", f"the scale's is {trial.scale.family}")
    if reads_outputs(probe) and external.weights.kind == "random" and trial.scale.checkpoint != "random":
        return Skipped(f"the card of '{external.name}' says that its weights are random", "export trained ones")
    return None


def _shut(external: External, trial: Trial, probe: Probe) -> Skipped | None:
    """A probe that a closed file shows nothing, or a condition that it cannot be brought under."""
    condition, name = trial.probe.condition, trial.probe.name
    if probe.kind != "scored" and probe.opens:
        return Skipped(f"'{name}' looks inside of a model, and '{external.name}' is closed", "export safetensors")
    runtimes = ("eager", "onnxruntime") if external.kind == "onnx" else ("eager",)
    if condition.runtime not in runtimes:
        return Skipped(f"'{external.name}' cannot be run by '{condition.runtime}'", f"declare {' or '.join(runtimes)}")
    if condition.dtype != "float32" or condition.device != "cpu":
        there = f"{condition.dtype} on {condition.device}"
        return Skipped(f"'{external.name}' is run as it is, not in {there}", "declare float32 on cpu")
    return None


def _exported(folder: Path, name: str) -> External:
    card = read_card(folder)
    kind: Kind = card["format"]
    path = folder / FILES[kind][0]
    files = _parts(path) if kind == "onnx" else [folder / each for each in FILES[kind]]
    absent = [each.name for each in files if not each.is_file()]
    if absent:
        raise BadCheckpoint(f"{folder} lacks {', '.join(absent)}", "export it again")
    return External(kind, name, f"{_digest(files)}-{_digest([folder / CARD])[:16]}", path, card)


def _parts(path: Path) -> list[Path]:
    """An ONNX file and the files of weights that it asks for."""
    from benchbench.catalog.onnx_file import examine

    return [path, *examine(path).beside]


def _digest(files: Iterable[Path]) -> str:
    """The sha256 of a file; of several, that of theirs."""
    found = [sha256_of(path) for path in files]
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def _source(module: str) -> str:
    """A digest of the file a module would be imported from, which is found without importing; "unseen" without one.

    What that file imports and loads is not in it.
    """
    places: list[str] | None = None
    origin = None
    for part in module.split("."):
        # By its own name alone: a package without __init__.py would ask for its parent among what is imported.
        spec = PathFinder.find_spec(part, places)
        if spec is None:
            return "unseen"
        places, origin = list(spec.submodule_search_locations or []), spec.origin
    path = Path(origin) if origin else None
    return _digest([path]) if path is not None and path.is_file() else "unseen"
