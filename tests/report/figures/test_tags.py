"""The key tells what the numbers are, and the names for which there was no place at all."""

from __future__ import annotations

from benchbench.report.figures.style import canvas, styled
from benchbench.report.figures.tags import UNPLACED, Tag, tag


def test_the_key_names_everything_that_has_no_name_beside_it() -> None:
    with styled("key"):
        figure = canvas(1, 1.1)
        axes = figure.add_subplot()
        crowd = [Tag(f"variant-{number}", 1.0, 1.0, (1.0, 1.0, 1.0, 1.0)) for number in range(24)]
        axes.plot([0, 2], [0, 2])
        tag(axes, crowd, most_names=0)
        (key,) = figure.legends
        told = [text.get_text() for text in key.get_texts()]
        written = [text.get_text() for text in figure.texts]
    assert len(told) == len(crowd)
    numbers = [line.partition("  ")[0] for line in told if not line.startswith(UNPLACED)]
    assert sorted(written, key=int) == numbers
    assert {line.partition("  ")[2] for line in told} == {each.label for each in crowd}
    assert 0 < len(numbers) < len(crowd)


def test_names_that_have_room_need_no_key() -> None:
    with styled("names"):
        figure = canvas(1, 2.0)
        axes = figure.add_subplot()
        axes.plot([0, 2], [0, 2])
        tag(axes, [Tag(name, x, x, (x, x, x, x)) for name, x in (("one", 0.5), ("two", 1.5))])
        assert not figure.legends
        assert [text.get_text() for text in figure.texts] == ["one", "two"]
