"""Summaries and comments: what failed comes first, limits are kept and told, nothing of a name is markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from benchbench.report.ci import write_account, write_comparison
from benchbench.report.ci.cases import Outcomes
from benchbench.report.ci.digest import COMMENT_BYTES, SUMMARY_BYTES, comment, marker, summary
from tests.report.accounts import account
from tests.report.ci.outcomes import comparison, hostile, many


def test_what_failed_stands_first_and_the_rest_is_folded_away() -> None:
    text = write_account(account(), "github-summary")
    places = [text.index(each) for each in ("### Failed", "### Refuted", "Not decided: ", "Fine: ")]
    assert places == sorted(places)
    assert text.count("<details>") == text.count("</details>") == 2
    assert "**75** measured" in text


def test_a_comparison_is_told_with_its_notes() -> None:
    text = write_comparison(comparison(), "github-summary")
    assert "nightly → today" in text
    assert "one machine" in text
    assert "| changes.full.latency: full / latency / regression: latency\\_ms | regression |" in text


@pytest.mark.parametrize(("write", "most"), [(summary, SUMMARY_BYTES), (comment, COMMENT_BYTES)])
@pytest.mark.parametrize("reason", ["it rose", "é" * 5_000])
def test_limits_are_kept_and_what_is_left_out_is_counted(write, most, reason) -> None:  # type: ignore[no-untyped-def]
    outcomes = many(12_000, reason)
    text = write(outcomes)
    assert 0.9 * most < len(text.encode()) <= most
    [told] = re.findall(r"\*\*(\d+) of 24000 rows are left out", text)
    assert text.count("| g: ") == 24_000 - int(told)
    assert "| regression |" in text
    assert text.count("<details>") == text.count("</details>")


def test_the_graver_rows_are_the_last_to_go() -> None:
    text = comment(many(1_200))
    assert text.count("| regression |") == 1_200
    assert 0 < text.count("| measured |") < 1_200


def test_nothing_is_left_out_of_a_small_one() -> None:
    assert "left out" not in summary(many(10))


def test_hostile_names_stay_text() -> None:
    for write in (summary, comment):
        text = write(hostile()).replace("<br>", "")
        tags = {"<details>", "</details>", "<summary>", "</summary>", f"{marker(hostile().name)}"}
        for tag in tags:
            text = text.replace(tag, "")
        assert "<" not in text
        assert "\x1b" not in text
        assert not re.search(r"@\w", text)
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


def test_the_marker_is_the_first_line_and_stays_the_same() -> None:
    text = comment(replace(many(1), name="A suite --> <script>"))
    assert text.splitlines()[0] == marker("A suite --> <script>") == "<!-- benchbench: a-suite-script -->"
    assert marker("a") != marker("b")


def test_nothing_to_tell_is_told() -> None:
    assert summary(Outcomes("n", "t", ())) == "## t\n\nnothing\n"
