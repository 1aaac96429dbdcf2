"""Reports that are up to date stay as they are; whatever would change a page has it written again."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import benchbench
from benchbench.published import is_current, made_of, remember
from benchbench.report import Account
from benchbench.types.compared import Beside, Comparison
from tests.report.accounts import account

NAMES = ("suite.html", "suite.md")


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in NAMES]
    for page in found:
        page.write_text("as it was written")
    return found


def test_pages_just_written_are_current_and_others_are_not(pages: list[Path]) -> None:
    assert not is_current(made_of(account()), pages)
    remember(made_of(account()), pages)
    assert is_current(made_of(account()), pages)


def changed() -> Iterator[tuple[str, Account]]:
    known = account()
    first = known.entries[0]
    yield "a trial less", replace(known, entries=known.entries[1:])
    yield "another verdict", replace(known, verdicts=known.verdicts[1:])
    yield "a new title", replace(known, suite=replace(known.suite, title="another"))
    assert first.record is not None
    newer = replace(first, record=replace(first.record, run="a later run"))
    yield "a trial measured again", replace(known, entries=(newer, *known.entries[1:]))
    nightly = Beside("nightly", {first.trial.identity: first}, {}, Comparison("nightly", "current records", ()))
    yield "another run beside it", replace(known, beside=(nightly,))


@pytest.mark.parametrize(("what", "other"), [pytest.param(*each, id=each[0]) for each in changed()])
def test_what_a_page_tells_counts(pages: list[Path], what: str, other: Account) -> None:
    remember(made_of(account()), pages)
    assert not is_current(made_of(other), pages), what


def test_the_time_of_the_run_alone_does_not_count(pages: list[Path]) -> None:
    remember(made_of(account()), pages)
    assert is_current(made_of(replace(account(), at="2099-01-01T00:00:00")), pages)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_that_was_edited_or_removed_is_written_again(pages: list[Path], name: str) -> None:
    remember(made_of(account()), pages)
    page = pages[0].with_name(name)
    page.write_text("edited by hand")
    assert not is_current(made_of(account()), pages)
    page.unlink()
    assert not is_current(made_of(account()), pages)


def test_changed_code_counts(pages: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "package"
    home.mkdir()
    module = home / "page.py"
    module.write_text("")
    monkeypatch.setattr(benchbench, "__file__", str(home / "__init__.py"))
    remember(made_of(account()), pages)
    assert is_current(made_of(account()), pages)
    os.utime(module, (1, 1))
    assert not is_current(made_of(account()), pages)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"7", b'{"of": 1}'])
def test_a_note_that_is_none_counts_for_nothing(pages: list[Path], content: bytes) -> None:
    (pages[0].parent / ".suite.written").write_bytes(content)
    assert not is_current(made_of(account()), pages)


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    absent = [tmp_path / "nowhere" / name for name in NAMES]
    remember(made_of(account()), absent)
    assert not is_current(made_of(account()), absent)


def test_of_a_run_beside_it_all_that_it_holds_counts(pages: list[Path]) -> None:
    known = account()
    first = known.entries[0]
    assert first.record is not None
    night = Beside("nightly", {first.trial.identity: first}, {}, Comparison("nightly", "current records", ()))
    later = replace(first, record=replace(first.record, at="2099-01-01"))
    remember(made_of(replace(known, beside=(night,))), pages)
    assert is_current(made_of(replace(known, beside=(night,))), pages)
    other = replace(known, beside=(replace(night, entries={first.trial.identity: later}),))
    assert not is_current(made_of(other), pages)
