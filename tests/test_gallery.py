"""Pictures beside records, read back for a report; whatever is wrong with a file costs its own pictures alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from benchbench import flow
from benchbench.catalog.formulas.depth_errors import measured
from benchbench.catalog.formulas.depth_protocols import chosen
from benchbench.gallery import LARGEST, MOST_SCENES, gallery
from benchbench.measure.pictures import picture, write
from benchbench.record import Store
from benchbench.types import (
    Boxes,
    Condition,
    DepthMap,
    Entry,
    Failed,
    Guess,
    Json,
    Measured,
    Measurement,
    ProbeUse,
    Record,
    Scale,
    Skipped,
    Trial,
    Use,
    Variant,
)

ROOMS = Scale("stand-in", "rooms", "depth-anything", "stand-in", Use("rooms"))
IMAGE = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
DEPTH = (1 + np.random.default_rng(1).random((30, 40)) * 8).astype(np.float32)
VALID = DEPTH < 8
Pictures = dict[str, NDArray[Any]]


def kept(store: Store, variant: str, pictures: Mapping[str, NDArray[Any]] | bytes | None, use: ProbeUse) -> Entry:
    """The entry of a record that lies in the store with these pictures beside it, as flow has it just after a run."""
    trial = Trial(Variant(variant, variant), ROOMS, use)
    outcome = Measured((Measurement("AbsRel", (0.1,)),))
    record = Record(f"key-of-{variant}", trial, outcome, {}, {}, {}, "run", "2026-11-22", ("pictures.npz", "rows.npz"))
    files = {}
    if pictures is not None:
        files["pictures.npz"] = store.folder.parent / "given.npz"
        if isinstance(pictures, bytes):
            files["pictures.npz"].write_bytes(pictures)
        else:
            write(pictures, files["pictures.npz"])
    store.append(record, files)
    return Entry(trial, outcome, record)


def depth_error(**settings: Json) -> ProbeUse:
    return ProbeUse("depth-error", settings, Condition(threads=2))


def seen(output: NDArray[np.floating[Any]], id: int = 7, image: NDArray[np.uint8] = IMAGE) -> Pictures:
    parts = picture(image, {"depth": DEPTH, "valid": VALID}, {"output": output})
    return {f"{id}.{name}": array for name, array in parts.items()}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "records")


@pytest.mark.parametrize(
    ("settings", "output"),
    [
        ({}, 3 / DEPTH + 0.7),
        ({"protocol": "metric"}, DEPTH),
        ({"space": "depth", "alignment": "scale", "fit": "depth"}, DEPTH / 5),
        ({"alignment": "median"}, 4 / DEPTH),
        ({"space": "depth", "alignment": "scale-shift", "fit": "disparity"}, DEPTH),
        ({"cap": 6}, 3 / DEPTH + 0.7),
    ],
)
def test_a_perfect_prediction_lies_on_the_truth_under_every_protocol(
    store: Store, settings: dict[str, Json], output: NDArray[np.float32]
) -> None:
    (found,) = gallery([kept(store, "base", seen(output.astype(np.float32)), depth_error(**settings))], store)
    (scene,) = found.scenes
    truth, prediction = scene.truth, scene.predictions["base"]
    assert isinstance(truth, DepthMap)
    assert isinstance(prediction, DepthMap)
    cap = settings.get("cap", 99)
    assert isinstance(cap, int)
    assert np.array_equal(np.isfinite(truth.depth), VALID & (cap >= DEPTH))
    counts = np.isfinite(truth.depth)
    assert prediction.depth[counts] == pytest.approx(truth.depth[counts], rel=4e-3)


def test_error_is_that_of_the_probe(store: Store) -> None:
    """Of maps as small as these nothing is left out, so that the pictures' mean error is the row's."""
    output = (2 / DEPTH + 0.3 * np.random.default_rng(2).random(DEPTH.shape)).astype(np.float16).astype(np.float32)
    depth = DEPTH.astype(np.float16).astype(np.float32)
    (found,) = gallery([kept(store, "base", seen(output), depth_error())], store)
    row = measured(output, depth, VALID, chosen())
    truth, prediction = found.scenes[0].truth, found.scenes[0].predictions["base"]
    assert isinstance(truth, DepthMap)
    assert isinstance(prediction, DepthMap)
    error = np.nanmean(np.abs(prediction.depth - truth.depth) / truth.depth)
    assert float(error) == pytest.approx(float(row["absolute"][0] / row["pixels"][0]), rel=1e-4)


def test_variants_share_a_scene_and_scales_do_not_mix(store: Store) -> None:
    use = depth_error()
    entries = [kept(store, name, seen(level / DEPTH), use) for name, level in (("base", 1), ("small", 2))]
    other = kept(store, "base", seen(1 / DEPTH), depth_error(cap=5))
    found = gallery([*entries, other, replace(entries[0], outcome=Skipped("", ""), record=None)], store)
    assert [(each.scale, each.probe, len(each.scenes)) for each in found] == [("stand-in", "depth-error", 1)] * 2
    assert list(found[0].scenes[0].predictions) == ["base", "small"]
    assert found[0].scenes[0].sample == 7
    assert "least squares in disparity" in found[0].protocol
    assert "up to 5 m" in found[1].protocol


def logits(id: int, *values: float, label: int = 2) -> Pictures:
    parts = picture(IMAGE, {"label": np.array(label)}, {"logits": np.array(values, np.float32)})
    return {f"{id}.{name}": array for name, array in parts.items()}


def test_classes_have_their_probability(store: Store) -> None:
    entries = [
        kept(store, "base", logits(7, 0.0, 1.0, 3.0), ProbeUse("top1")),
        kept(store, "small", logits(7, 900.0, 0.0, 899.0), ProbeUse("top1")),
        kept(store, "broken", logits(7, 0.0, np.nan), ProbeUse("top1")),
    ]
    (found,) = gallery(entries, store)
    (scene,) = found.scenes
    base, small = scene.predictions["base"], scene.predictions["small"]
    assert isinstance(base, Guess)
    assert isinstance(small, Guess)
    assert (scene.truth, base.label, small.label) == (Guess(2), 2, 0)
    assert base.probability == pytest.approx(np.exp(3) / (1 + np.exp(1) + np.exp(3)))
    assert small.probability == pytest.approx(1 / (1 + np.exp(-1)))
    assert found.missing == (("broken", "the logits of sample 7 are not whole"),)


def test_boxes_are_in_parts_of_the_image(store: Store) -> None:
    image = np.zeros((640, 320, 3), np.uint8)
    target = {"boxes": np.array([[32.0, 64.0, 160.0, 320.0]]), "categories": np.array([3])}
    prediction = {"boxes": np.array([[0, 0, 320, 640], [1, 1, 1, 1]]), "scores": np.array([0.9, 0.1])}
    pictures = {f"1.{name}": array for name, array in picture(image, target, prediction).items()}
    (found,) = gallery([kept(store, "base", pictures, ProbeUse("coco-ap", {"evaluator": "ours"}))], store)
    truth, predicted = found.scenes[0].truth, found.scenes[0].predictions["base"]
    assert isinstance(truth, Boxes)
    assert isinstance(predicted, Boxes)
    assert truth.places.tolist() == [[0.1, 0.1, 0.5, 0.5]]
    assert (truth.categories.tolist(), predicted.scores.tolist()) == ([3], [0.9, 0.1])
    assert found.scenes[0].image.shape == (240, 120, 3)
    assert found.protocol == ""


def coded(image: NDArray[np.uint8], kind: str = "JPEG") -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def claimed(side: int) -> NDArray[np.uint8]:
    """A JPEG whose header says that it is this high and wide."""
    data = bytearray(coded(IMAGE).tobytes())
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = side.to_bytes(2, "big") * 2
    return np.frombuffer(bytes(data), np.uint8)


def spoil(**parts: NDArray[Any] | None) -> Callable[[Pictures], Pictures]:
    def change(pictures: Pictures) -> Pictures:
        changed = pictures | {
            f"7.{name.replace('_', '.')}": array for name, array in parts.items() if array is not None
        }
        gone = {f"7.{name.replace('_', '.')}" for name, array in parts.items() if array is None}
        return {name: array for name, array in changed.items() if name not in gone}

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (spoil(image=None), "no image"),
        (spoil(image=coded(IMAGE)[:60]), "cannot be read"),
        (spoil(image=coded(IMAGE)[:-200]), "cannot be read"),
        (spoil(image=coded(IMAGE, "PNG")), "cannot be read"),
        (spoil(image=coded(IMAGE).astype(np.float32)), "no image"),
        (spoil(image=coded(np.zeros((1, LARGEST + 1, 3), np.uint8))), f"1 x {LARGEST + 1}"),
        (spoil(image=coded(np.zeros((29, 40, 3), np.uint8))), "not as large"),
        (spoil(prediction_output=np.zeros((30, 41), np.float32)), "not as large"),
        (spoil(image=coded(IMAGE[::-1].copy())), "other images"),
        (lambda pictures: pictures | {"x.image": coded(IMAGE)}, "belongs to no sample"),
        (lambda pictures: pictures | {f"{'9' * 5000}.image": coded(IMAGE)}, "belongs to no sample"),
        (spoil(image=claimed(65535)), "cannot be read"),
        (
            lambda pictures: {f"{n}.{name[2:]}": a for n in range(MOST_SCENES + 1) for name, a in pictures.items()},
            "more than are shown",
        ),
    ],
)
def test_unfit_pictures_cost_their_own_variant_alone(
    store: Store, change: Callable[[Pictures], Pictures], why: str
) -> None:
    use = depth_error()
    entries = [
        kept(store, "base", seen(1 / DEPTH), use),
        kept(store, "bad", change(seen(2 / DEPTH)), use),
        kept(store, "good", seen(3 / DEPTH), use),
    ]
    (found,) = gallery(entries, store)
    assert list(found.scenes[0].predictions) == ["base", "good"]
    ((name, told),) = found.missing
    assert name == "bad"
    assert why in told


@pytest.mark.parametrize(
    ("part", "array"),
    [
        ("prediction.boxes", np.array(1.0)),
        ("prediction.boxes", np.zeros((2, 3))),
        ("prediction.scores", np.array(1.0)),
        ("prediction.scores", np.ones((2, 2))),
        ("target.categories", np.ones((1, 2))),
        ("target.categories", np.ones(2)),
        ("size", np.array([30.0])),
    ],
)
def test_boxes_that_are_none_cost_their_own_variant_alone(store: Store, part: str, array: NDArray[Any]) -> None:
    target = {"boxes": np.zeros((1, 4)), "categories": np.ones(1)}
    prediction = {"boxes": np.zeros((2, 4)), "scores": np.ones(2)}
    whole = {f"7.{name}": each for name, each in picture(IMAGE, target, prediction).items()}
    use = ProbeUse("coco-ap", {"evaluator": "ours"})
    entries = [kept(store, "base", whole, use), kept(store, "bad", whole | {f"7.{part}": array}, use)]
    (found,) = gallery(entries, store)
    assert list(found.scenes[0].predictions) == ["base"]
    assert [name for name, _ in found.missing] == ["bad"]


def test_depth_under_a_probe_of_boxes_does_no_harm(store: Store) -> None:
    entry = kept(store, "base", seen(1 / DEPTH), ProbeUse("coco-ap", {"evaluator": "ours"}))
    (found,) = gallery([entry], store)
    assert [list(scene.predictions) for scene in found.scenes] == [["base"]]


def test_a_damaged_file_is_told_and_one_that_never_was_is_not(store: Store) -> None:
    use = depth_error()
    (found,) = gallery([kept(store, "cut", b"PK\x03\x04 rubbish", use), kept(store, "old", None, use)], store)
    assert found.scenes == ()
    assert [name for name, _ in found.missing] == ["cut"]
    assert gallery([kept(store, "older", None, use)], Store(store.folder)) == ()
    failed = replace(kept(store, "failed", seen(1 / DEPTH), use), outcome=Failed("killed"))
    assert gallery([failed], store) == ()


def test_predictions_that_cannot_be_brought_into_metres_are_no_numbers(store: Store) -> None:
    output = np.full(DEPTH.shape, np.nan, np.float32)
    output[:2] = np.inf
    (found,) = gallery([kept(store, "base", seen(output), depth_error())], store)
    prediction = found.scenes[0].predictions["base"]
    assert isinstance(prediction, DepthMap)
    assert np.isnan(prediction.depth).all()


def test_accounts_of_the_program_bring_the_pictures(store: Store) -> None:
    plan = flow.plan(flow.Request("quickstart", records=store.folder))
    entry = kept(store, "base", seen(1 / DEPTH), depth_error())
    (found,) = flow.account(plan, [entry], store=store).gallery
    assert list(found.scenes[0].predictions) == ["base"]
    assert flow.account(plan, [entry]).gallery == ()
