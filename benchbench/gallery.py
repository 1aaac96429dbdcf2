"""Pictures that scored trials left beside their records, read back for a report."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.catalog.formulas.depth_alignment import align
from benchbench.catalog.formulas.depth_errors import LEAST, pixels
from benchbench.catalog.formulas.depth_protocols import Fields, Protocol, chosen
from benchbench.errors import BenchbenchError
from benchbench.kept_rows import is_scored
from benchbench.record import Store
from benchbench.types import Boxes, DepthMap, Entry, Gallery, Guess, ProbeUse, Record, Scene, Seen

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = "pictures.npz"
MOST_SCENES = 8
LARGEST = 1024
"""Pixels of a side that are shown at most, and boxes of a sample."""
SAMPLE = re.compile(r"-?[0-9]{1,18}")
WAYS = {
    "none": "as the model gives it",
    "median": "scaled to the median of each image's ground truth",
    "scale": "scaled to each image's ground truth by least squares",
    "scale-shift": "scaled and shifted to each image's ground truth by least squares",
}
Parts = Mapping[str, "NDArray[Any]"]


class _Unfit(ValueError):
    """Pictures that are not as `measure` leaves them."""


def gallery(entries: Iterable[Entry], store: Store) -> tuple[Gallery, ...]:
    """A gallery for each scale and scored probe with pictures, in the entries' order.

    A file that is missing, damaged or not what it should be costs a variant its pictures, which `missing` says.
    """
    scored = [entry for entry in entries if is_scored(entry)]
    newest = store.latest() if scored else {}
    groups: dict[tuple[str, str], list[tuple[ProbeUse, Record]]] = {}
    for entry in scored:
        if (record := entry.record) is not None:
            use = entry.trial.probe
            place = groups.setdefault((entry.trial.scale.name, f"{use.name} {sorted(use.settings.items())}"), [])
            place.append((use, newest.get(record.key, record)))
    found = (_gallery(scale, group, store) for (scale, _), group in groups.items())
    return tuple(gallery for gallery in found if gallery.scenes or gallery.missing)


def _gallery(scale: str, group: Sequence[tuple[ProbeUse, Record]], store: Store) -> Gallery:
    use = group[0][0]
    scenes: dict[int, Scene] = {}
    missing: dict[str, str] = {}
    for _, record in group:
        name = record.trial.variant.name
        try:
            told = store.arrays(record, FILE)
            if told is not None:
                _add(scenes, name, told, use)
        except (BenchbenchError, _Unfit) as error:
            missing[name] = str(error).splitlines()[0]
    words = _words(_protocol(use)) if any(isinstance(scene.truth, DepthMap) for scene in scenes.values()) else ""
    return Gallery(scale, use.name, words, tuple(scenes.values()), tuple(missing.items()))


def _add(scenes: dict[int, Scene], variant: str, told: Parts, use: ProbeUse) -> None:
    """All scenes of a variant, or none where one is unfit."""
    made = {id: _scene(id, variant, parts, use) for id, parts in _by_sample(told).items()}
    for id, scene in made.items():
        if scene is not None and id in scenes and not np.array_equal(scenes[id].image, scene.image):
            raise _Unfit("its pictures are of other images")
    for id, scene in made.items():
        if scene is not None:
            known = scenes.setdefault(id, scene)
            known.predictions.update({name: each for name, each in scene.predictions.items()})


def _by_sample(told: Parts) -> dict[int, dict[str, NDArray[Any]]]:
    found: dict[int, dict[str, NDArray[Any]]] = {}
    for name, array in told.items():
        id, _, part = name.partition(".")
        if not SAMPLE.fullmatch(id):
            raise _Unfit(f"'{name[:40]}' belongs to no sample")
        found.setdefault(int(id), {})[part] = array
    if len(found) > MOST_SCENES:
        raise _Unfit(f"{len(found)} samples are more than are shown")
    return found


def _scene(id: int, variant: str, parts: Parts, use: ProbeUse) -> Scene | None:
    """The sample's scene; None where it has neither depth, boxes nor a class."""
    image = _image(id, parts)
    if {"target.depth", "target.valid", "prediction.output"} <= parts.keys():
        truth, prediction = _depths(id, parts, image.shape[:2], _protocol(use))
        return Scene(id, image, truth, {variant: prediction})
    if {"target.boxes", "prediction.boxes", "prediction.scores", "size"} <= parts.keys():
        return Scene(id, image, _boxes(id, parts, "target"), {variant: _boxes(id, parts, "prediction")})
    if {"target.label", "prediction.logits"} <= parts.keys():
        return Scene(id, image, *_guesses(id, variant, parts))
    return None


def _guesses(id: int, variant: str, parts: Parts) -> tuple[Guess, dict[str, Seen]]:
    """The true class, and the predicted one with its probability by the softmax of the logits."""
    label, logits = parts["target.label"].ravel(), parts["prediction.logits"].astype(np.float64)
    if label.shape != (1,) or logits.ndim != 1 or not len(logits) or not np.isfinite(logits).all():
        raise _Unfit(f"the logits of sample {id} are not whole")
    best = int(np.argmax(logits))
    return Guess(int(label[0])), {variant: Guess(best, float(1 / np.exp(logits - logits[best]).sum()))}


def _image(id: int, parts: Parts) -> NDArray[np.uint8]:
    """The (h, w, 3) RGB image; its size is looked at before it is decoded."""
    from PIL import Image, UnidentifiedImageError

    data = parts.get("image")
    if data is None or data.dtype != np.uint8:
        raise _Unfit(f"sample {id} has no image")
    try:
        with Image.open(io.BytesIO(data.tobytes()), formats=("JPEG",)) as image:
            if max(image.size) > LARGEST:
                raise _Unfit(f"the image of sample {id} is {image.size[1]} x {image.size[0]}")
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise _Unfit(f"the image of sample {id} cannot be read") from error


def _depths(id: int, parts: Parts, shape: tuple[int, ...], protocol: Protocol) -> tuple[DepthMap, DepthMap]:
    """Ground truth that counts, and the prediction brought onto it by the protocol's fit over the pixels shown."""
    depth, valid, output = (parts[name] for name in ("target.depth", "target.valid", "prediction.output"))
    if not depth.shape == valid.shape == output.shape == shape:
        raise _Unfit(f"the maps of sample {id} are not as large as its image")
    depth, output, valid = depth.astype(np.float32), output.astype(np.float32), valid.astype(bool)
    counts = valid & (depth >= protocol.floor) & (depth <= protocol.cap)
    truth = DepthMap(np.where(counts, depth, np.float32(np.nan)))
    return truth, DepthMap(_aligned(output, depth, counts & np.isfinite(output), protocol))


def _aligned(
    output: NDArray[np.float32], depth: NDArray[np.float32], counts: NDArray[np.bool_], protocol: Protocol
) -> NDArray[np.float32]:
    """The prediction in metres. Crops are left out: they are in pixels of the original."""
    if protocol.working != protocol.space:
        counts &= output > 0
        output = _inverse(output)
    shown, truth = pixels(output, depth, counts, replace(protocol, crop="none"))
    if len(truth) < LEAST:
        return np.full(output.shape, np.nan, np.float32)
    line = align(protocol.alignment, shown, truth, protocol.fit)
    low, high = protocol.range
    aligned = output * np.float32(line.scale) + np.float32(line.shift)
    if low is not None or high is not None:
        aligned = np.clip(aligned, low, high)
    return aligned if protocol.working == "depth" else _inverse(aligned)


def _inverse(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / value; infinite where it is not positive, NaN where it is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float32] = np.where(values > 0, 1 / values, np.where(np.isnan(values), np.nan, np.inf))
    return found.astype(np.float32)


def _boxes(id: int, parts: Parts, kind: str) -> Boxes:
    places = parts[f"{kind}.boxes"].astype(np.float64)
    if places.ndim != 2 or places.shape[1] != 4 or len(places) > LARGEST:
        raise _Unfit(f"sample {id} has boxes of shape {places.shape}")
    count = len(places)
    size = parts["size"].astype(np.float64)
    categories = parts.get(f"{kind}.categories", np.zeros(count, np.int64))
    scores = parts.get(f"{kind}.scores", np.ones(count))
    if size.shape != (2,) or not (size > 0).all() or not categories.shape == scores.shape == (count,):
        raise _Unfit(f"the boxes of sample {id} are not whole")
    relative = np.clip(places / np.tile(size[::-1], 2), -1.0, 2.0)
    return Boxes(np.nan_to_num(relative), categories.astype(np.int64), scores.astype(np.float64))


def _protocol(use: ProbeUse) -> Protocol:
    """That of the settings that are a protocol's; a file may hold depth where another probe was asked."""
    given = {name.replace("-", "_"): value for name, value in use.settings.items()}
    return chosen(**{name: value for name, value in given.items() if name in Fields.__annotations__})  # type: ignore[arg-type]


def _words(protocol: Protocol) -> str:
    way = WAYS[protocol.alignment]
    where = f" in {protocol.fit}" if protocol.alignment != "none" else ""
    cap = f"; ground truth up to {protocol.cap:g} m" if np.isfinite(protocol.cap) else ""
    return f"{way}{where}{cap}"
