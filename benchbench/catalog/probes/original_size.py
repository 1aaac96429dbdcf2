"""How large a model is in its authors' own container as it is really written: headers and names are in it too."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.errors import CannotRun
from benchbench.types import Condition, Measurement, Metric

METRICS = (Metric("npz_mib", "file size (original layout)", "MiB", "lower", 1, exact=True),)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Bytes of the file; nothing but a note for a model that nobody published in a layout of its own."""
    del inputs, condition
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        try:
            subject.family.write_original(subject.model, path)
        except CannotRun as error:
            return [], [f"no file in an original layout: {error.what}"]
        size = path.stat().st_size
    notes = [f"file: .npz as the original authors publish it, float32, {size} bytes; MiB is 2^20 bytes"]
    return [Measurement("npz_mib", (size / 2**20,))], notes


PROBE = StaticProbe(name="original-size", version=1, metrics=METRICS, measure=measure, opens=True)
