"""The generated letters: reproducible, balanced, and told by their form alone."""

import numpy as np
import pytest

from benchbench.catalog.formulas import glyphs_drawing as glyphs
from benchbench.catalog.formulas.glyph_strokes import SEGMENTS

SOME = [glyphs.draw(1, index) for index in range(400)]


def test_a_picture_is_a_function_of_seed_and_index() -> None:
    again, other = glyphs.draw(1, 7), glyphs.draw(2, 7)

    assert np.array_equal(again.image, SOME[7].image)
    assert again.label == SOME[7].label
    assert not np.array_equal(other.image, again.image)


def test_pictures_are_small_and_coloured() -> None:
    assert {picture.image.shape for picture in SOME} == {(64, 64, 3)}
    assert {picture.image.dtype for picture in SOME} == {np.dtype(np.uint8)}
    assert np.mean([picture.image.std() for picture in SOME]) > 10


def test_every_class_comes_about_equally_often() -> None:
    counts = np.bincount([picture.label for picture in SOME], minlength=len(glyphs.CLASSES))

    assert len(glyphs.CLASSES) == len(set(glyphs.CLASSES)) == len(SEGMENTS) == 20
    assert counts.min() >= 5
    assert counts.max() <= 45


def test_colour_tells_no_class() -> None:
    """Mean colours of the classes differ no more than those of random groups of this size do."""
    colours = np.array([picture.image.mean((0, 1)) for picture in SOME])
    labels = np.array([picture.label for picture in SOME])
    spread = np.var([colours[labels == label].mean(0) for label in range(20)], axis=0)
    expected = colours.var(axis=0) / (len(SOME) / 20)

    assert (spread < 2.5 * expected).all()


@pytest.mark.parametrize("segments", SEGMENTS, ids=glyphs.CLASSES)
def test_letters_fill_their_square(segments: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    assert segments.min() >= -0.01
    assert segments.max() <= 1.01
    assert np.ptp(segments[..., 1]) > 0.9


def test_no_letter_is_another_one() -> None:
    """The share of one letter's ink that lies within a tenth of another's: never all of it both ways."""
    points = [
        np.concatenate([start + (end - start) * np.linspace(0, 1, 20)[:, None] for start, end in each])
        for each in SEGMENTS
    ]

    def covered(one: int, other: int) -> float:
        apart = np.linalg.norm(points[one][:, None] - points[other][None], axis=-1).min(1)
        return float((apart < 0.1).mean())

    pairs = [(one, other) for one in range(20) for other in range(one)]
    assert all(min(covered(*pair), covered(*pair[::-1])) < 0.95 for pair in pairs)
