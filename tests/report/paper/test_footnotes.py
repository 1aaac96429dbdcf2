"""Footnotes: alike ones once, few of them, and told at a column's head where they hold all along it."""

from benchbench.report.paper.columns import Column
from benchbench.report.paper.figures import Figure
from benchbench.report.paper.footnotes import MOST, Footnotes, condensed, gist, hoisted, letter


def test_reasons_that_differ_in_their_subject_are_one() -> None:
    notes = ["outside the default budget of probe latency", "outside the default budget of probe throughput"]
    assert condensed(notes) == ("outside the default budget",)
    found = Footnotes(notes)
    assert [found.mark(note) for note in notes] == ["a", "a"]
    assert gist("org/model is not in the Hugging Face cache") == "not in the Hugging Face cache"


def test_one_reason_alone_is_told_in_full() -> None:
    assert condensed(["measured where this differs: torch"]) == ("measured where this differs: torch",)


def test_of_many_the_most_frequent_have_letters() -> None:
    notes = [f"reason {letter(place)}" for place in range(MOST + 3) for _ in range(place + 1)]
    found = Footnotes(notes)
    marks = [found.mark(f"reason {letter(place)}") for place in range(MOST + 3)]
    assert marks[:3] == ["", "", ""]
    assert marks[3:] == [letter(place) for place in range(MOST)]


def test_what_holds_of_all_places_without_a_number_is_told_at_the_head() -> None:
    holes = tuple(Figure(words="–", notes=(f"outside the default budget of probe {name}",)) for name in "abc")
    column = hoisted(Column("Latency", (Figure("1.0", notes=("its own",)), *holes)))
    assert column.notes == ("–: outside the default budget",)
    assert [figure.notes for figure in column.figures] == [("its own",), (), (), ()]


def test_letters_go_on_behind_z() -> None:
    assert [letter(place) for place in (0, 25, 26, 52)] == ["a", "z", "aa", "ba"]
