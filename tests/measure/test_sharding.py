"""Ranges of batches, and whether what several processes bring is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.errors import BadData
from benchbench.measure.chunk_log import ChunkLog
from benchbench.measure.chunks import MAIN, Chunks, fresh
from benchbench.measure.pace import Pace
from benchbench.measure.row_chunks import PREDICTIONS, ROWS, join, pack
from benchbench.measure.sharding import affordable, check, crowded, divided, images_in, own_device, visible_devices

IMAGES, SIZE = 11, 3


def chunk(number: int, size: int = SIZE, images: int = IMAGES) -> dict[str, NDArray[Any]]:
    """A batch of a detector: as many boxes as the image's number says, and a NaN among them."""
    ids = range(100 + number * size, 100 + min(images, (number + 1) * size))
    rows = [{"boxes": np.full((image % 3, 4), image / 7, np.float32), "error": np.array(np.nan)} for image in ids]
    return pack(list(ids), rows, [{"guess": np.array([image])} for image in ids])


@given(missing=st.sets(st.integers(0, 60)).map(sorted), parts=st.integers(1, 9))
def test_ranges_are_contiguous_even_and_cover_what_is_missing_once(missing: list[int], parts: int) -> None:
    spans = divided(missing, parts)
    shares = [[number for number in missing if start <= number < stop] for start, stop in spans]
    assert [number for share in shares for number in share] == missing
    assert len(spans) == min(parts, len(missing))
    assert not shares or max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(shares)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    images=st.integers(1, 23), size=st.integers(1, 5), who=st.lists(st.integers(0, 3), min_size=23, max_size=23),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_partition_of_the_batches_over_logs_merges_to_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, images: int, size: int, who: list[int], order: Any
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    batches = list(range((images + size - 1) // size))
    names = [MAIN, *fresh(folder, 3)]
    logs = [ChunkLog(folder / name) for name in names]
    for number in order.sample(batches, len(batches)):
        logs[who[number]].append(f"arm/{number}", chunk(number, size, images))
    found = Chunks(folder, names[who[0]])
    chunks = [found.read(f"arm/{number}") for number in batches]
    check(chunks, images, size)
    whole = [chunk(number, size, images) for number in batches]
    for kind in (ROWS, PREDICTIONS):
        merged, expected = join(kind, chunks), join(kind, whole)
        assert merged is not None
        assert expected is not None
        assert merged.ids.tolist() == list(range(100, 100 + images))
        for name, column in expected.columns.items():
            assert merged.columns[name].tobytes() == column.tobytes()
            np.testing.assert_array_equal(merged.counts[name], expected.counts[name])


@given(lost=st.integers(0, 3))
def test_a_gap_is_refused(lost: int) -> None:
    chunks = [chunk(number) for number in range(4) if number != lost]
    with pytest.raises(BadData, match=r"rows of \d+ of 11 images are there: a gap"):
        check(chunks, IMAGES, SIZE)


def test_an_image_twice_is_refused() -> None:
    with pytest.raises(BadData, match=r"rows of image 100 are there twice \(3 such images\)"):
        check([chunk(0), chunk(0), chunk(2), chunk(3)], IMAGES, SIZE)
    swapped = [chunk(number) for number in range(4)]
    swapped[1][f"{PREDICTIONS}.ids"] = swapped[0][f"{PREDICTIONS}.ids"]
    with pytest.raises(BadData, match="predictions of image 100 are there twice"):
        check(swapped, IMAGES, SIZE)


def test_rows_and_predictions_must_be_of_the_same_images() -> None:
    chunks = [chunk(number) for number in range(4)]
    ids = chunks[2][f"{PREDICTIONS}.ids"]
    chunks[2][f"{PREDICTIONS}.ids"] = ids[::-1]
    with pytest.raises(BadData, match="not of the same images"):
        check(chunks, IMAGES, SIZE)


def test_a_batch_in_two_logs_counts_once_if_it_is_the_same(tmp_path: Path) -> None:
    for name in (MAIN, "chunks-0.log"):
        ChunkLog(tmp_path / name).append("arm/0", chunk(0))
    assert np.isnan(Chunks(tmp_path).read("arm/0")[f"{ROWS}.column.error"]).all()
    ChunkLog(tmp_path / "chunks-1.log").append("arm/0", chunk(1))
    with pytest.raises(BadData, match="batch 0 was computed twice, with different numbers"):
        Chunks(tmp_path).read("arm/0")


def test_a_reader_leaves_alone_what_another_is_writing(tmp_path: Path) -> None:
    ChunkLog(tmp_path / "chunks-0.log").append("arm/0", chunk(0))
    with (tmp_path / "chunks-0.log").open("ab") as file:
        file.write(b"half of a chunk")
    size = (tmp_path / "chunks-0.log").stat().st_size
    found = Chunks(tmp_path)
    assert "arm/0" in found
    assert "arm/1" not in found
    assert (tmp_path / "chunks-0.log").stat().st_size == size
    with pytest.raises(KeyError):
        found.read("arm/1")


def test_new_logs_are_nobodys(tmp_path: Path) -> None:
    for name in (MAIN, "chunks-1.log"):
        (tmp_path / name).touch()
    assert fresh(tmp_path, 2) == ["chunks-0.log", "chunks-2.log"]


def test_memory_bounds_the_processes() -> None:
    assert affordable(8, 1000, 2200) == 3
    assert affordable(2, 1000, 10_000) == 2
    assert affordable(4, 1000, 0) == 1
    assert affordable(4, 0, 100) == 4


def test_crowding_is_told() -> None:
    assert not crowded(1, 8, 2)
    assert not crowded(2, 2, 4)
    assert "--jobs 2 fits" in crowded(4, 2, 4)
    assert "--jobs 1 fits" in crowded(2, 8, 4)


def test_gpus_are_taken_in_turn(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert visible_devices({}, tmp_path) == ("0", "1")
    visible = visible_devices({"CUDA_VISIBLE_DEVICES": "5, GPU-abc,7"}, tmp_path)
    assert visible == ("5", "GPU-abc", "7")
    assert visible_devices({"CUDA_VISIBLE_DEVICES": ""}, tmp_path) == ()
    assert own_device(4, "cuda", visible) == {"CUDA_VISIBLE_DEVICES": "GPU-abc"}
    assert own_device(4, "cuda:1", visible) == own_device(4, "cpu", visible) == own_device(4, "cuda", ()) == {}


def test_progress_of_all_adds_up_and_says_how_long_it_takes() -> None:
    now = 0.0
    pace = Pace([1, 2, 3], 11, 3, clock=lambda: now)
    assert images_in([1, 2, 3], 11, 3) == 8
    assert pace.done == 3
    pace.tell(0, 0)
    assert pace.words(2, 2) == "3 of 11 images, 2 variants, 2 processes"
    pace.tell(0, 3)
    now = 10.0
    pace.tell(1, 2)
    assert pace.words(2, 2) == "8 of 11 images, 2 variants, 2 processes, 15 s left"
    pace.tell(1, 0)
    assert pace.done == 8
