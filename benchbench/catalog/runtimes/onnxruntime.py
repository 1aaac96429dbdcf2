"""ONNX Runtime: the forward pass exported at the first call, compared with eager, and opened as a session.

A graph is kept for as many input shapes as it computes rightly; one that does not follow a new shape is exported anew,
with every axis free that has changed so far. What `quantise` leaves to this runtime is done to the file after the
comparison.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchbench.catalog import onnx_export, onnx_session
from benchbench.catalog.agreement import Agreeing, Call, Written
from benchbench.catalog.contracts import Absent, Inputs, Runtime, Subject
from benchbench.catalog.onnx_session import Session, session
from benchbench.errors import CannotRun
from benchbench.types import Condition, Json

NAME, TOLERANCE = "onnxruntime", 1e-4
DTYPES = ("float32", "float16")
FILE = "model.onnx"


def missing() -> Absent | None:
    """What an export or a session lacks."""
    return onnx_export.missing() or onnx_session.missing()


def start(subject: Subject, condition: Condition) -> Call:
    """Raises CannotRun where something is missing, or for a dtype that arrays cannot hold; exports nothing yet."""
    lack = missing() or onnx_session.lacks(condition.device)
    if lack is not None:
        raise CannotRun(lack.reason, lack.remedy)
    if condition.dtype not in DTYPES:
        raise CannotRun(f"onnxruntime is not run in {condition.dtype}", f"one of {', '.join(DTYPES)}")
    return _Graphs(subject, condition)


class _Opened(NamedTuple):
    """A graph as it is run, and as it was compared: the same, unless it was quantised in between."""

    run: Session
    compared: Session


class _Graphs(Agreeing):
    def __init__(self, subject: Subject, condition: Condition) -> None:
        super().__init__(NAME, subject.model, TOLERANCE)
        self._subject, self._condition = subject, condition
        self._opened: list[_Opened] = []
        self._seen: list[Inputs] = []
        self.facts |= {"exports": 0, "export_s": 0.0}

    def ready(self, inputs: Inputs) -> Call:
        found = self._fitting(inputs)
        if found is None:
            with TemporaryDirectory(prefix="benchbench-onnx-") as folder:
                path, compared = self._written(inputs, Path(folder))
                found = _Opened(compared if path.name == FILE else self._session(path), compared)
            self._opened.append(found)
        self._seen.append({name: each.to("meta") for name, each in inputs.items()})
        return found.run

    def write(self, inputs: Inputs, folder: Path) -> Written:
        path, _ = self._written(inputs, folder)
        entry = _entry(self._subject)
        words = f"ONNX, opset {self.facts['opset']}" + (f", quantised ({entry['scheme']})" if entry else "")
        return Written(path, _nbytes(path), words)

    def words(self) -> list[str]:
        told = super().words()
        return [*told, f"exported by {self.facts['exporter']}, opset {self.facts['opset']}"] if told else []

    def _fitting(self, inputs: Inputs) -> _Opened | None:
        """The newest graph that computes these inputs rightly, too."""
        for opened in reversed(self._opened):
            try:
                self.compare(opened.compared, inputs)
            except CannotRun:
                continue
            return opened
        return None

    def _written(self, inputs: Inputs, folder: Path) -> tuple[Path, Session]:
        """The file that is to be run, and a session of it as it was exported."""
        began, entry = time.perf_counter(), _entry(self._subject)
        others = [*self._seen, *(self._calibration() if entry and entry.get("scheme") == "static" else ())]
        done = onnx_export.exported(self.model, inputs, folder / FILE, free=_free(inputs, others))
        compared = self._session(done.path)
        self.compare(compared, inputs)
        path = done.path
        if entry:
            from benchbench.catalog.quantisation.onnx import quantised

            path = quantised(path, entry, self._batches())
        self.facts |= {
            "exporter": done.exporter,
            "opset": done.opset,
            "exports": int(str(self.facts["exports"])) + 1,
            "export_s": round(float(str(self.facts["export_s"])) + time.perf_counter() - began, 2),
            "file_bytes": _nbytes(path),
        }
        return path, compared

    def _session(self, path: Path) -> Session:
        import torch

        threads = self._condition.threads or torch.get_num_threads()
        return session(path, threads, self._condition.device)

    def _batches(self) -> Callable[[], Sequence[Inputs]] | None:
        return (lambda: list(self._calibration())) if self._subject.calibrate else None

    def _calibration(self) -> Iterator[Inputs]:
        for batch in self._subject.calibrate() if self._subject.calibrate else ():
            yield batch.inputs


def _nbytes(path: Path) -> int:
    """Of a file and of the weights beside it that are its own."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))


def _entry(subject: Subject) -> Mapping[str, Json] | None:
    """The surgery entry of what is left to this runtime."""
    left = [entry for entry in subject.surgery if entry["step"] == "quantise" and entry.get("backend") == NAME]
    return left[-1] if left else None


def _free(inputs: Inputs, others: Sequence[Inputs]) -> dict[str, tuple[int, ...]]:
    """Of each input the first axis, and every other one whose size is not always the same."""
    return {
        name: tuple(
            axis
            for axis in range(each.dim())
            if axis == 0 or any(other[name].shape[axis] != each.shape[axis] for other in others if name in other)
        )
        for name, each in inputs.items()
    }


RUNTIME = Runtime(
    name=NAME,
    version=1,
    tolerance=TOLERANCE,
    start=start,
    missing=missing,
    libraries=("onnxruntime", "onnx", "onnxscript"),
    lacks=onnx_session.lacks,
)
