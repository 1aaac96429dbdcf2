"""JUnit XML that parsers of CI take: structure by Jenkins' XSD, counts that add up, names that stay text."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import junitparser
import pytest

from benchbench.report.ci import write_account, write_comparison
from benchbench.report.ci.cases import Outcomes, Standing, of_account
from benchbench.report.ci.escaping import visible
from benchbench.report.ci.junit import write
from tests.report.accounts import account
from tests.report.ci.outcomes import HOSTILE, comparison, hostile

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors", "skipped"},
    "testsuite": {
        *("name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"),
        *("file", "log", "url", "version"),
    },
    "testcase": {"name", "time", "classname", "group", "assertions", "status", "class", "file", "line"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}
"""What jenkinsci/xunit-plugin's junit-10.xsd allows."""


@pytest.mark.parametrize(
    "text",
    [write_account(account(), "junit"), write_comparison(comparison(), "junit"), write(hostile())],
    ids=["run", "comparison", "hostile"],
)
def test_structure_is_that_of_the_schema(text: str) -> None:
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for parent in root.iter():
        assert set(parent.attrib) <= ATTRIBUTES[parent.tag]
        assert {child.tag for child in parent} <= CHILDREN.get(parent.tag, set())
    for case in root.iter("testcase"):
        assert case.get("name")
        assert case.get("classname")
        assert len(case) <= 1


def test_a_parser_of_others_reads_what_was_written(tmp_path: Path) -> None:
    page = tmp_path / "junit.xml"
    page.write_text(write_account(account(), "junit"), encoding="utf-8")
    read = junitparser.JUnitXml.fromfile(str(page))
    given = of_account(account())
    kinds = {junitparser.Failure: Standing.FAILED, junitparser.Error: Standing.BROKEN}
    kinds[junitparser.Skipped] = Standing.SKIPPED
    found = {
        (case.classname, case.name): kinds[type(case.result[0])] if case.result else Standing.PASSED
        for suite in read
        for case in suite
    }
    assert found == {(visible(case.group), visible(case.name)): case.standing for case in given.cases}
    assert (read.tests, read.failures, read.errors, read.skipped) == tuple(
        len(given.having(*kind)) for kind in (Standing, [Standing.FAILED], [Standing.BROKEN], [Standing.SKIPPED])
    )


def test_counts_of_suites_add_up_to_the_whole() -> None:
    root = ET.fromstring(write_comparison(comparison(), "junit").encode())
    for name in ("tests", "failures", "errors", "skipped"):
        assert sum(int(suite.attrib[name]) for suite in root) == int(root.attrib[name])
    assert root.attrib["failures"] == "1"


def test_a_log_and_an_error_come_back_as_they_were() -> None:
    root = ET.fromstring(write_account(account(), "junit").encode())
    error = root.find(".//testcase[@name='hostile']/error")
    assert error is not None
    assert error.text is not None
    assert error.text.splitlines()[-1].startswith("MemoryError: <script>alert(1)</script>")


def test_hostile_names_come_back_as_text() -> None:
    root = ET.fromstring(write(hostile()).encode())
    assert {suite.get("name") for suite in root} == {visible(text) for text in HOSTILE}
    assert not [element for element in root.iter() if element.tag in {"script", "img"}]


def test_nothing_at_all_is_still_a_file() -> None:
    assert ET.fromstring(write(Outcomes("n", "t", (), ("note",))).encode()).attrib["tests"] == "0"
