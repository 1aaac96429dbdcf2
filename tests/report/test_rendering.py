"""The shelf of formats, and what a report may lead to."""

import subprocess
import sys
from dataclasses import replace

import pytest

from benchbench.errors import UnknownName
from benchbench.report import Account, formats, render, rendered, rendering
from benchbench.report.formats import find
from benchbench.report.ledger import evidence_link
from benchbench.report.links import is_safe
from benchbench.report.page import Page, page, summary
from benchbench.report.rulings import MEANINGS, SYMBOLS, TONES
from benchbench.report.signature import digest, lasting, signature
from benchbench.types import Json, Quotation, Ruling
from tests.report.accounts import ENVIRONMENT, account


def test_formats_are_found_by_name() -> None:
    assert formats() == ("csv", "html", "json", "latex", "markdown")


def test_unknown_format_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'markdown'"):
        render(account(), "markdwon")


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, benchbench.report;"
        "heavy = {'torch', 'pandas', 'matplotlib', 'jinja2', 'scipy', 'transformers'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("address", ["#claim-1", "https://arxiv.org/abs/2005.12872", "http://example.org/"])
def test_web_addresses_are_safe(address: str) -> None:
    assert is_safe(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x.org",
        "http://[",
        "https:",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not is_safe(address)


def test_evidence_link_needs_a_repository_and_a_whole_commit() -> None:
    whole = Quotation("a/b", "0" * 40, "c/d.py", 3, "", True)
    assert evidence_link(whole) == f"https://github.com/a/b/blob/{'0' * 40}/c/d.py#L3"
    assert not evidence_link(Quotation("the document", "2026-01-11", "text", 0, "", True))
    assert not evidence_link(Quotation("a/b", "0" * 40, 'c"><script>', 3, "", True))


def test_every_ruling_has_a_symbol_a_tone_and_a_meaning() -> None:
    assert set(SYMBOLS) == set(MEANINGS) == set(Ruling)
    assert set(SYMBOLS.values()) == set(TONES)


def test_sections_stand_in_their_order() -> None:
    assert [section.name for section in page(account()).sections] == [
        "document", "charts", "comparison", "errors", "pictures", "claims", "lint", "unmeasured", "environment",
        "method",
    ]  # fmt: skip


def test_summary_counts_what_holds_what_does_not_and_what_is_open() -> None:
    assert page(account()).summary == (
        "24 claims judged: 5 hold, 1 holds after a change, 7 do not hold and 11 stay open. "
        "75 trials measured over 12 variants at 2 scales (full, stand-in); 30 not measured, 3 failed."
    )


def test_signature_is_one_line_that_changes_with_the_machine_and_not_with_its_load() -> None:
    line = signature(account())
    assert "\n" not in line
    assert digest(ENVIRONMENT) in line
    assert digest(ENVIRONMENT | {"load_average": 9.0}) == digest(ENVIRONMENT)
    assert digest(ENVIRONMENT | {"torch": "2.14.0"}) != digest(ENVIRONMENT)


def test_of_an_environment_only_what_a_page_compares_by_lasts() -> None:
    busy = ENVIRONMENT | {"load_average": 9.0, "threads": 64}
    assert lasting(busy) == lasting(ENVIRONMENT)
    assert lasting(ENVIRONMENT | {"torch": "2.14.0"}) != lasting(ENVIRONMENT)
    nested: dict[str, Json] = {"allocator": {"arenas": 2}}
    assert lasting(nested) != lasting({"allocator": {"arenas": 3}}), "its parts are compared one by one"


def test_formats_share_one_page_and_say_what_each_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given, decided = account(), list[Account]()
    alone = [render(given, name) for name in ("markdown", "json")]

    def deciding(account: Account) -> Page:
        decided.append(account)
        return page(account)

    monkeypatch.setattr(rendering, "page", deciding)
    assert list(rendered(given, ("markdown", "json"))) == alone
    assert decided == [given]


@pytest.mark.parametrize(
    ("ruling", "expected"),
    [
        (Ruling.REPRODUCED, "1 claim judged: 1 holds."),
        (Ruling.REFUTED, "1 claim judged: 1 does not hold."),
        (Ruling.UNDECIDED, "1 claim judged: 1 stays open."),
    ],
)
def test_one_claim_is_spoken_of_as_one(ruling: Ruling, expected: str) -> None:
    given = account()
    assert summary(replace(given, verdicts=(replace(given.verdicts[0], ruling=ruling),))).startswith(expected)


@pytest.mark.parametrize(("count", "expected"), [(1, "1 footnote<"), (2, "2 footnotes<")])
def test_one_footnote_is_told_as_one(count: int, expected: str) -> None:
    whole = page(account())
    told = next(table for table in whole.tables if len(table.footnotes) > 1)
    fewer = replace(told, footnotes=told.footnotes[:count])
    sections = (
        replace(section, tables=tuple(fewer if table is told else table for table in section.tables))
        for section in whole.sections
    )
    assert expected in find("html")(replace(whole, sections=tuple(sections)))
