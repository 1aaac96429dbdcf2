"""Prepared batches kept on disk, where that pays: decoded, resized and normalised once for many runs.

They lie in the user's cache, beside generated data and downloads: what they hold depends on the data and the family
alone, so that runs on any folder of records share them, and nothing is lost with them.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchbench.measure.environment import cpu_model
from benchbench.measure.journal import digest
from benchbench.measure.reading import Batch
from benchbench.measure.versions import installed

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.catalog.contracts import Samples
    from benchbench.measure.build import Workshop
    from benchbench.measure.job import Job

HEAD = struct.Struct("<8sIIQ")
"""The layout's name, crc32 of all that follows, length of the JSON, length of the arrays after it."""
LAYOUT = b"benchb01"
LONGEST_HEADER = 1 << 26
PAYS = 2.0
"""How many times longer than reading it back a batch must take to prepare. At 96 px it is 27 times, at 800×1066 1.4."""
SHARE = 0.25
"""Of the free disk, what a new data set may take at most."""


class Prepared:
    """The batches of one data set, prepared in one way, one file each.

    Whether they are kept the first one that had to be prepared decides: if all fit into `budget` bytes, and if it took
    clearly longer to prepare than it takes to read back. What is damaged counts as absent. Files are written whole, so
    that several processes may share a folder.
    """

    def __init__(self, folder: Path, key: str, batches: int, budget: int) -> None:
        self._home, self._own, self._batches, self._budget = folder, folder / key, batches, budget
        self._kept: bool | None = None
        if self._own.is_dir():
            os.utime(self._own)

    def read(self, number: int) -> Batch | None:
        """A batch as it was kept, bit for bit; None where it was not, or is not whole."""
        try:
            with (self._own / f"{number}.batch").open("rb") as file:
                return _read(file, number)
        except (OSError, ValueError, LookupError, TypeError, RuntimeError, struct.error):
            return None

    def offer(self, batch: Batch, seconds: float) -> None:
        """Keep a batch that took so long to prepare, unless that does not pay. A full disk only ends the keeping."""
        if self._kept is False:
            return
        try:
            if self._kept is None:
                self._kept = self._fits(batch) and self._pays(batch, seconds)
            else:
                self._write(batch)
        except (OSError, TypeError, ValueError):
            self._kept = False

    def _fits(self, batch: Batch) -> bool:
        wanted = self._batches * sum(array.nbytes for _, array in _parts(batch))
        self._home.mkdir(parents=True, exist_ok=True)
        if wanted > min(self._budget, SHARE * shutil.disk_usage(self._home).free):
            return False
        make_room(self._home, self._budget - wanted, spare=self._own)
        return True

    def _pays(self, batch: Batch, seconds: float) -> bool:
        known = self._own.is_dir()
        self._write(batch)
        start = time.perf_counter()
        found = self.read(batch.number)
        pays = found is not None and seconds >= PAYS * (time.perf_counter() - start)
        if not pays and not known:
            shutil.rmtree(self._own, ignore_errors=True)
        return pays

    def _write(self, batch: Batch) -> None:
        parts = list(_parts(batch))
        told = {"number": batch.number, "ids": batch.ids, "sizes": batch.sizes}
        shapes = [[*name, array.dtype.str, array.shape] for name, array in parts]
        header = json.dumps(told | {"arrays": shapes}).encode()
        arrays = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for _, array in parts]
        payload = [memoryview(header), *arrays]
        self._own.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._own, suffix=".part", delete=False) as file:
            file.write(HEAD.pack(LAYOUT, _sum(payload), len(header), sum(map(len, arrays))))
            file.writelines(payload)
        Path(file.name).replace(self._own / f"{batch.number}.batch")


def kept_for(job: Job, workshop: Workshop, samples: Samples) -> Prepared | None:
    """The prepared batches of a job's data, under a digest of all that they depend on; None where none are kept.

    Also the processor and the libraries are in it, whose arithmetic may differ in the last bit.
    """
    work, scale, size = job.work, job.cohort.scale, job.cohort.probe.condition.batch
    if work.prepared is None:
        return None
    family, dataset = workshop.family, workshop.shelves.datasets[scale.dataset.name]
    data = [samples.fingerprint, len(samples), dataset.name, dataset.version, size, work.pictures]
    made_by = [cpu_model(), *(installed(name) for name in ("torch", "numpy", "pillow"))]
    key = digest([data, family.name, family.version, scale.input, made_by])
    return Prepared(work.prepared.folder, key, -(-len(samples) // size), work.prepared.nbytes)


def make_room(folder: Path, room: int, spare: Path | None = None) -> None:
    """Remove the sets that were not used for longest until the rest, without `spare`, take `room` bytes at most."""
    sets = sorted((path for path in folder.iterdir() if path != spare), key=lambda path: path.stat().st_mtime)
    sizes = [sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) for path in sets]
    while sets and sum(sizes) > max(0, room):
        shutil.rmtree(sets.pop(0), ignore_errors=True)
        sizes.pop(0)


def _parts(batch: Batch) -> Iterator[tuple[tuple[str, int, str], NDArray[Any]]]:
    """Every array of a batch with its kind, sample and name. Raises TypeError for what would not come back alike."""
    for name, tensor in batch.inputs.items():
        if not tensor.is_contiguous() or tensor.device.type != "cpu":
            raise TypeError(f"input {name} is laid out in a way of its own")
        yield ("input", 0, name), tensor.numpy()
    for number, target in enumerate(batch.targets):
        for name, array in target.items():
            if array.dtype.hasobject:
                raise TypeError(f"target {name} holds objects")
            yield ("target", number, name), array
    for number, image in enumerate(batch.images):
        yield ("image", number, ""), image


def _read(file: BufferedReader, number: int) -> Batch:
    """Raises ValueError and the like for a file that is not what it should be, before anything large is allocated."""
    size = os.fstat(file.fileno()).st_size
    layout, checksum, length, total = HEAD.unpack(file.read(HEAD.size))
    if layout != LAYOUT or length > LONGEST_HEADER or size != HEAD.size + length + total:
        raise ValueError("no batch of this layout")
    header = file.read(length)
    told = json.loads(header)
    kinds = [(kind, sample, name, np.dtype(dtype), tuple(shape)) for kind, sample, name, dtype, shape in told["arrays"]]
    wanted = sum(dtype.itemsize * int(np.prod(shape, dtype=object)) for *_, dtype, shape in kinds)
    if told["number"] != number or wanted != total or any(dtype.hasobject for *_, dtype, _ in kinds):
        raise ValueError("not this batch")
    tensors = [torch.empty(dtype.itemsize * int(np.prod(shape)), dtype=torch.uint8) for *_, dtype, shape in kinds]
    for tensor in tensors:
        file.readinto(tensor.numpy().data)
    if _sum([memoryview(header), *(each.numpy().data for each in tensors)]) != checksum:
        raise ValueError("damaged")
    return _batch(told, kinds, tensors)


def _batch(told: dict[str, Any], kinds: list[tuple[str, int, str, Any, Any]], tensors: list[Tensor]) -> Batch:
    """Inputs are views of PyTorch's own memory, aligned as if they had just been made: products are the same then."""
    targets: list[dict[str, NDArray[Any]]] = [{} for _ in told["ids"]]
    inputs: dict[str, Tensor] = {}
    images: list[NDArray[np.uint8]] = []
    for (kind, sample, name, dtype, shape), tensor in zip(kinds, tensors, strict=True):
        array = tensor.numpy().view(dtype).reshape(shape)
        if kind == "input":
            inputs[name] = torch.from_numpy(array)
        elif kind == "target":
            targets[sample][name] = array
        else:
            images.append(array)
    sizes = tuple((int(height), int(width)) for height, width in told["sizes"])
    return Batch(told["number"], tuple(told["ids"]), sizes, tuple(targets), inputs, tuple(images))


def _sum(parts: Sequence[memoryview]) -> int:
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return checksum
