"""What a page's commands find in their folder: `<!-- given: NAME -->`. Records made up where they are only read."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchbench.record import Store
from tests.kept_records import latency, size, top1
from tests.nightly_records import counts, latencies, timed

MEASURED = "quickstart"
"""The only ground that is measured, once for all pages: what needs no clock of the suite quickstart."""
WITHOUT_CLOCK = "not latency and not throughput and not peak-memory"


def prepared(name: str, folder: Path, measured: Callable[[], Path]) -> None:
    """Put the ground of this name into `folder`; `measured` answers a folder of records of the suite quickstart."""
    if name == MEASURED:
        shutil.copytree(measured(), folder / "records", dirs_exist_ok=True)
    else:
        GROUNDS[name](folder)


def _nights(folder: Path) -> None:
    """Thirty nights of a latency that becomes 8 % longer in the twentieth, and of a count that falls once."""
    store = Store(folder / "records")
    for record in (
        *latencies([0.8] * 19 + [0.864] * 11, timed("heads")),
        *counts([940883] * 12 + [869971] * 18, timed("heads", "size")),
    ):
        commit = hashlib.sha1(str(record.facts["commit"]).encode(), usedforsecurity=False).hexdigest()
        store.append(replace(record, facts={**record.facts, "commit": commit}))


def _two_nights(folder: Path) -> None:
    """Two nights of a made-up suite, in `records` and `tonight`: a variant became slower, larger and less accurate."""
    right = np.random.default_rng(1).random(400) < 0.8
    worse = right & (np.random.default_rng(2).random(400) < 0.9)
    for night, factor, count, flags, seed in (("records", 0.6, 5700, right, 1), ("tonight", 0.78, 5704, worse, 2)):
        where = folder / night
        latency(where, factor, variant="half", seed=seed)
        latency(where, 0.8, variant="most", seed=3 + seed)
        size(where, count, variant="half")
        size(where, 8200, variant="most")
        for variant, given in (("half", flags), ("most", right)):
            share = float(given.mean())
            top1(where, given.tolist(), variant, interval=(share - 0.04, share + 0.04))


def _a_table(folder: Path) -> None:
    """The table of a document, as Markdown."""
    rows = ("| variant | parameters | latency |", "|---|---|---|", "| half the heads | -16% | x1.30 |")
    (folder / "table.md").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _a_class_folder(folder: Path) -> None:
    """Data of ImageNet's layout with a class that is none of ILSVRC2012's."""
    for name in ("n01440764", "n01440765"):
        (folder / "data" / "imagenet" / "val" / name).mkdir(parents=True)
        (folder / "data" / "imagenet" / "val" / name / "1.JPEG").write_bytes(b"no picture")


GROUNDS: Mapping[str, Callable[[Path], None]] = {
    "thirty nights": _nights,
    "two nights": _two_nights,
    "a table": _a_table,
    "a wrong class folder": _a_class_folder,
}
