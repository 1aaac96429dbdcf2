"""The two kinds of file of COCO, read into columns with every complaint at once: instances and results.

Format: cocodataset.org/#format-data and #format-results. JSON allows NaN and Infinity here as Python's reader does; the
checks of `detections` refuse them with their place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas.detections import (
    Checked,
    Detections,
    Floats,
    Integers,
    Truth,
    detection_faults,
    refuse,
    share,
    truth_faults,
)
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData

Entries = Sequence[Mapping[str, Any]]
Kind = tuple[type, ...]
WHOLE: Kind = (int,)
NUMBER: Kind = (int, float)
FLAG: Kind = (int, bool)
TEXT: Kind = (str,)
WORDS = {WHOLE: "whole number", NUMBER: "number", FLAG: "0 or 1", TEXT: "text"}


@dataclass(frozen=True)
class Instances:
    """An instances file as `read_instances` lets it pass.

    images (n,): ids as they stand; names: file names; sizes: (n, 2) height, width, 0 unknown.
    """

    images: Integers
    names: tuple[str, ...]
    sizes: Integers
    categories: Integers
    truth: Truth

    def targets(self) -> dict[int, Arrays]:
        """Every image's ground truth by id, also that of images without any; order of the file within an image."""
        parts = _by_image(self.images, self.truth.images)
        return {image: self._target(image, rows) for image, rows in parts.items()}

    def _target(self, image: int, rows: Integers) -> Checked:
        truth = self.truth
        return Checked(
            image=np.array([image]),
            boxes=truth.boxes[rows],
            categories=truth.categories[rows],
            areas=truth.areas[rows],
            crowd=truth.crowd[rows],
            ids=truth.ids[rows],
        )


def read_instances(path: Path) -> Instances:
    """Raises BadData that names the file, the field, the share of bad entries and the first of them."""
    document = _json(path)
    if not isinstance(document, dict):
        raise BadData(f"{path} is not an instances file: it holds no object at its top")
    parts = {name: _entries(document.get(name), f"{path}: {name}") for name in ("images", "categories", "annotations")}
    if not parts["images"]:
        raise BadData(f"{path} holds no image", "is the file whole, and of this data set?")
    _fields(parts["images"], {"id": WHOLE, "file_name": TEXT}, f"{path}: images")
    _fields(parts["categories"], {"id": WHOLE}, f"{path}: categories")
    wanted = {"id": WHOLE, "image_id": WHOLE, "category_id": WHOLE, "area": NUMBER, "iscrowd": FLAG}
    _fields(parts["annotations"], wanted, f"{path}: annotations", boxes=True)
    instances = _instances(parts["images"], parts["categories"], parts["annotations"], f"{path}: annotations")
    _check_ids(instances, path)
    return instances


def read_results(path: Path, instances: Instances) -> dict[int, Arrays]:
    """The detections of a results file by image, also of images where nothing was found. Raises BadData likewise."""
    entries = _entries(_json(path), str(path))
    _fields(entries, {"image_id": WHOLE, "category_id": WHOLE, "score": NUMBER}, str(path), boxes=True)
    found = Detections(
        _whole(entries, "image_id", str(path)),
        _boxes(entries, str(path)),
        _numbers(entries, "score", str(path)),
        _whole(entries, "category_id", str(path)),
    )
    where = _where(entries)
    strange = [
        *share(~np.isin(found.images, instances.images), "image ids that the annotations lack", where),
        *share(~np.isin(found.categories, instances.categories), "category ids that the annotations lack", where),
    ]
    hint = "are these results of other images, or categories numbered another way?" if strange else ""
    refuse([*strange, *detection_faults(found, where)], str(path), hint)
    parts = _by_image(instances.images, found.images)
    return {
        image: {"boxes": found.boxes[rows], "scores": found.scores[rows], "categories": found.categories[rows]}
        for image, rows in parts.items()
    }


def _instances(images: Entries, categories: Entries, annotations: Entries, what: str) -> Instances:
    truth = Truth(
        _whole(annotations, "image_id", what),
        _boxes(annotations, what),
        _whole(annotations, "category_id", what),
        _numbers(annotations, "area", what),
        _whole(annotations, "iscrowd", what) != 0,
        _whole(annotations, "id", what),
    )
    sizes = [[_size(entry, "height"), _size(entry, "width")] for entry in images]
    return Instances(
        _whole(images, "id", what),
        tuple(entry["file_name"] for entry in images),
        np.array(sizes, np.int64).reshape(-1, 2),
        _whole(categories, "id", what),
        truth,
    )


def _check_ids(instances: Instances, path: Path) -> None:
    truth, where = instances.truth, _annotation(instances.truth)
    faults = [
        *_repeated(instances.images, "image ids that are repeated"),
        *_repeated(instances.categories, "category ids that are repeated"),
        *share(~np.isin(truth.images, instances.images), "annotations of an unknown image", where),
        *share(~np.isin(truth.categories, instances.categories), "annotations of an unknown category", where),
        *truth_faults(truth, where),
    ]
    refuse(faults, str(path), "is the file whole, and of this data set?")


def _annotation(truth: Truth) -> Any:
    return lambda index: f"annotation {truth.ids[index]} (entry {index}, image {truth.images[index]})"


def _where(entries: Entries) -> Any:
    return lambda index: f"entry {index} (image {entries[index].get('image_id')})"


def _repeated(ids: Integers, what: str) -> list[str]:
    first = np.zeros(len(ids), np.bool_)
    first[np.unique(ids, return_index=True)[1]] = True
    return share(~first, what, lambda index: f"entry {index} (id {ids[index]})")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BadData(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadData(f"{path} is not JSON: {error}", "was the file cut short?") from error


def _entries(value: Any, what: str) -> Entries:
    if not isinstance(value, list):
        raise BadData(f"{what}: a list is missing")
    refuse(
        share(np.array([type(each) is not dict for each in value], np.bool_), "entries that are no objects", str), what
    )
    return value


def _fields(entries: Entries, kinds: Mapping[str, Kind], what: str, *, boxes: bool = False) -> None:
    """Refuses entries that lack a field or hold another type in it, all fields at once."""
    where, faults = _where(entries), []
    for name in [*kinds, *(["bbox"] if boxes else [])]:
        lacking = np.array([name not in entry for entry in entries], np.bool_)
        faults += share(lacking, f"entries without {name}", where)
    for name, kind in kinds.items():
        odd = np.array([name in entry and type(entry[name]) not in kind for entry in entries], np.bool_)
        faults += share(odd, f"{name} that is no {WORDS[kind]}", where)
    if boxes:
        odd = np.array(["bbox" in entry and not _is_box(entry["bbox"]) for entry in entries], np.bool_)
        faults += share(odd, "bbox that is not four numbers", where)
    refuse(faults, what)


def _is_box(value: Any) -> bool:
    return type(value) is list and len(value) == 4 and all(type(each) in NUMBER for each in value)


def _whole(entries: Entries, name: str, what: str) -> Integers:
    return _array([entry[name] for entry in entries], np.int64, f"{what}: {name}")


def _numbers(entries: Entries, name: str, what: str) -> Floats:
    return _array([entry[name] for entry in entries], np.float64, f"{what}: {name}")


def _boxes(entries: Entries, what: str) -> Floats:
    return _array([entry["bbox"] for entry in entries], np.float64, f"{what}: bbox").reshape(-1, 4)


def _array(values: list[Any], kind: Any, what: str) -> NDArray[Any]:
    try:
        return np.array(values, kind)
    except OverflowError as error:
        raise BadData(f"{what}: a number is too large") from error


def _size(entry: Mapping[str, Any], name: str) -> int:
    value = entry.get(name, 0)
    return value if type(value) is int and 0 <= value < 2**31 else 0


def _by_image(images: Integers, owners: Integers) -> dict[int, Integers]:
    """For each image the rows that belong to it, in their order."""
    order = np.argsort(owners, kind="stable")
    ids = np.sort(images)
    cuts = np.searchsorted(owners[order], ids[1:])
    return dict(zip(ids.tolist(), np.split(order, cuts), strict=True))
