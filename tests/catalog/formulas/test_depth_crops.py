"""Windows of the two crops."""

import numpy as np
import pytest

from benchbench.catalog.formulas.depth_crops import window
from benchbench.errors import BadData


def test_eigens_window_of_nyu() -> None:
    kept = np.zeros((480, 640), np.bool_)
    kept[window("eigen", (480, 640))] = True
    rows, columns = np.flatnonzero(kept.any(1)), np.flatnonzero(kept.any(0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (45, 470, 41, 600)
    assert kept.sum() == 426 * 560


@pytest.mark.parametrize("shape", [(375, 1242), (640, 480), (240, 320)])
def test_eigens_window_of_other_maps_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(BadData, match=f"480 x 640 .* this map has {shape[0]} x {shape[1]}"):
        window("eigen", shape)


@pytest.mark.parametrize(
    ("shape", "expected"), [((375, 1242), (153, 371, 44, 1197)), ((352, 1216), (143, 349, 43, 1172))]
)
def test_gargs_window_of_kitti(shape: tuple[int, int], expected: tuple[int, ...]) -> None:
    rows, columns = window("garg", shape)
    assert (rows.start, rows.stop, columns.start, columns.stop) == expected


def test_no_crop_is_the_whole_map() -> None:
    assert np.ones((5, 7))[window("none", (5, 7))].shape == (5, 7)
