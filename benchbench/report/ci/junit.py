"""JUnit XML as Jenkins and GitLab read it (the XSD of Jenkins' xUnit plugin); no times, as cases have none."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from benchbench.report.ci.cases import Case, Outcomes, Standing
from benchbench.report.ci.escaping import visible

COUNTED = {"failures": Standing.FAILED, "errors": Standing.BROKEN, "skipped": Standing.SKIPPED}
TAGS = {Standing.FAILED: "failure", Standing.BROKEN: "error", Standing.SKIPPED: "skipped"}


def write(outcomes: Outcomes) -> str:
    """One suite of tests for each group of cases, in the order in which they occur."""
    groups: dict[str, list[Case]] = {}
    for case in outcomes.cases:
        groups.setdefault(case.group, []).append(case)
    root = ET.Element("testsuites", {"name": visible(outcomes.name), **_counts(outcomes.cases)})
    for group, cases in groups.items():
        suite = ET.SubElement(root, "testsuite", {"name": visible(group), **_counts(cases)})
        for case in cases:
            _add(suite, case)
    if outcomes.notes and groups:
        ET.SubElement(root[0], "system-out").text = visible("\n".join(outcomes.notes))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    counted = {name: str(sum(case.standing is one for case in cases)) for name, one in COUNTED.items()}
    return {"tests": str(len(cases)), **counted}


def _add(suite: ET.Element, case: Case) -> None:
    element = ET.SubElement(suite, "testcase", {"classname": visible(case.group), "name": visible(case.name)})
    told = visible("\n".join(filter(None, (case.reason, case.log))))
    if tag := TAGS.get(case.standing):
        message = visible(f"{case.word}: {case.reason}")
        attributes = {"message": message} if tag == "skipped" else {"type": visible(case.word), "message": message}
        ET.SubElement(element, tag, attributes).text = told
    elif told:
        ET.SubElement(element, "system-out").text = visible(f"{case.word}: {told}")
