"""Labels and logits in files made elsewhere.

csv: a header and a line an image; `id,label` for targets, `id,0,1,2,...` with the classes in their order for logits.
npz: `ids` (n,) and `labels` (n,), or `logits` (n, classes); also the predictions that lie beside a record.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

LARGEST = 2 * 2**30
"""Bytes of a file, and of the arrays of one once unpacked."""
LABELS = "targets are a csv of id,label or an npz of ids (n,) and labels (n,)"
LOGITS = "predictions are a csv of id,0,1,2,... (a logit for each class) or an npz of ids (n,) and logits (n, classes)"
Found = dict[str, NDArray[Any]]


def read_labels(path: Path) -> dict[int, Arrays]:
    """By image: its `label` (). Raises BadData naming the file, and the line of a csv."""
    found = _read(path, LABELS)
    if "labels" not in found or found["labels"].ndim != 1 or found["labels"].dtype.kind not in "iu":
        raise BadData(f"{path} holds no whole label for each image", LABELS)
    return _by_image(path, found, ("labels",), {"labels": "label"}, LABELS)


def read_logits(path: Path, targets: Mapping[int, Arrays]) -> dict[int, Arrays]:
    """By image: its `logits` (classes,), of exactly the images of the targets. Raises BadData naming the file."""
    found = _read(path, LOGITS)
    if "logits" not in found or found["logits"].ndim != 2 or found["logits"].dtype.kind != "f":
        raise BadData(f"{path} holds no logits (n, classes) of floating point", LOGITS)
    names = ("logits", "classes", "count") if {"classes", "count"} <= found.keys() else ("logits",)
    made = _by_image(path, found, names, {}, LOGITS)
    for image in sorted(targets.keys() ^ made.keys())[:1]:
        known = f"no prediction for image {image}" if image in targets else f"image {image} is not among the targets"
        raise BadData(f"{path}: {known}", "every image of the targets needs one, and no other")
    return made


def _by_image(
    path: Path, found: Found, names: tuple[str, ...], renamed: Mapping[str, str], layout: str
) -> dict[int, Arrays]:
    ids = found.get("ids", np.zeros(0))
    if ids.dtype.kind not in "iu" or ids.ndim != 1 or any(len(found[name]) != len(ids) for name in names):
        raise BadData(f"{path}: ids and {' and '.join(names)} are not of the same images", layout)
    if len(np.unique(ids)) != len(ids) or not len(ids):
        raise BadData(f"{path}: {'ids repeat' if len(ids) else 'it holds no image'}", layout)
    return {int(id): {renamed.get(name, name): found[name][at] for name in names} for at, id in enumerate(ids)}


def _read(path: Path, layout: str) -> Found:
    try:
        if path.stat().st_size > LARGEST:
            raise BadData(f"{path} is too large to be read", "split it")
        return _csv(path, layout) if path.suffix.lower() == ".csv" else _npz(path)
    except BadData:
        raise
    except OSError as error:
        raise BadData(f"{path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # a header is parsed as Python is, and fails in as many ways
        raise BadData(f"{path} cannot be read: {error}", layout) from error


def _npz(path: Path) -> Found:
    with np.load(path, allow_pickle=False) as file:
        size = sum(member.file_size for member in file.zip.infolist())
        if size > LARGEST:
            raise BadData(f"{path} unpacks to {size:,} bytes, more than are read", "split it")
        found = {name.removeprefix("column."): file[name] for name in file.files if not name.startswith("count.")}
        counts = {name.removeprefix("count."): file[name] for name in file.files if name.startswith("count.")}
    return {name: _level(array, counts.get(name)) for name, array in found.items()}


def _level(array: NDArray[Any], counts: NDArray[Any] | None) -> NDArray[Any]:
    """Rows of a record's predictions, kept end to end, as (n, k); (n,) where each image has one."""
    if counts is None or not len(counts) or (counts == 1).all():
        return array
    if not (counts == counts[0]).all() or counts.sum() != len(array):
        raise ValueError("images have different numbers of logits")
    return array.reshape(len(counts), int(counts[0]))


def _csv(path: Path, layout: str) -> Found:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        header = next(lines, [])
        if header[:1] != ["id"] or header[1:] not in (["label"], [str(number) for number in range(len(header) - 1)]):
            raise BadData(f"{path}:1: the header begins with {','.join(header[:4])!r}", layout)
        rows = [_line(path, number, line, len(header)) for number, line in enumerate(lines, 2) if line]
    ids = np.array([id for id, _ in rows], np.int64)
    values = np.stack([values for _, values in rows]) if rows else np.zeros((0, 1))
    if header[1:] != ["label"]:
        return {"ids": ids, "logits": values}
    labels = values[:, 0]
    return {"ids": ids, "labels": labels.astype(np.int64) if (labels == np.floor(labels)).all() else labels}


def _line(path: Path, number: int, line: list[str], length: int) -> tuple[int, NDArray[np.float64]]:
    if len(line) != length:
        raise BadData(f"{path}:{number}: {len(line)} values under a header of {length}", "is the file whole?")
    try:
        return int(line[0]), np.array(line[1:], np.float64)
    except (ValueError, OverflowError) as error:
        raise BadData(
            f"{path}:{number}: {error}", "ids are whole numbers, and what follows them are numbers"
        ) from error
