"""The workflow files of docs/ci: valid by the schemas of GitHub and GitLab, and their commands do what they say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from benchbench.machines import machines
from benchbench.report.ci.digest import marker
from tests.end_to_end.conftest import SUITE, Place

pytestmark = [pytest.mark.integration, pytest.mark.slow]
WORKFLOWS = Path(__file__).parents[2] / "docs" / "ci"
GITHUB, GITLAB = WORKFLOWS / "github.yml", WORKFLOWS / "gitlab.yml"
INSTALL = "python -m pip install benchbench"
UNTIMED = SUITE.replace("  - latency: {condition: {batch: 1, threads: 1}}\n", "  - drift: {condition: {batch: 2}}\n")
REGRESSED = re.compile(r"\| [^|]*heads: params \| regression \|")
NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
GH = """#!/bin/sh
echo "$@" >> "$GH_CALLS"
case "$*" in *--paginate*) cat "$GH_KNOWN" ;; esac
"""


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@dataclass
class Runner:
    """A folder as a CI service would check it out, and its commands run as the service runs them."""

    place: Place
    variables: dict[str, str]
    ended: dict[str, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    def steps(self, job: Mapping[str, Any], event: Mapping[str, str]) -> None:
        """Run each step's script; after a failure only those that run unless cancelled."""
        for step in job["steps"]:
            failed = any(self.ended.values())
            if "run" not in step or step["run"] == INSTALL or (failed and "!cancelled()" not in step.get("if", "")):
                continue
            own = {name: event.get(value, value) for name, value in step.get("env", {}).items()}
            self.ended[step["name"]], self.told[step["name"]] = self.script(step["run"], own)

    def lines(self, lines: Sequence[str]) -> int:
        return self.script("\n".join(("set -e", *lines)), {})[0]

    def script(self, script: str, own: Mapping[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            check=False,
            cwd=self.place.folder,
            env={**self.place.environment, **self.variables, **own},
            capture_output=True,
            text=True,
            timeout=300,
        )
        print(script, done.stdout, done.stderr)
        return done.returncode, done.stdout

    def text(self, name: str) -> str:
        return (self.place.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def runner(place: Place) -> Runner:
    """With a baseline of the suite as it is, and a `gh` that writes down what it was asked."""
    place.suite.write_text(UNTIMED, encoding="utf-8")
    assert place.run("run", "small.yaml").returncode == 0
    kept = place.run("baseline", "set", "nightly", "small.yaml")
    assert kept.returncode == 0, kept.stderr
    programs = place.folder / "bin"
    programs.mkdir()
    for name, text in (("benchbench", f'#!/bin/sh\nexec "{sys.executable}" -m benchbench "$@"\n'), ("gh", GH)):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    variables = {"PATH": f"{programs}:{place.environment['PATH']}", "GITHUB_REPOSITORY": "o/r"}
    for name in ("GH_CALLS", "GH_KNOWN", "GITHUB_STEP_SUMMARY"):
        (place.folder / name.lower()).touch()
        variables[name] = str(place.folder / name.lower())
    return Runner(place, variables)


def grown(place: Place) -> None:
    """Have the baseline tell of a thousand parameters fewer than there are now."""
    [record] = (place.folder / "records" / "baselines").glob("nightly/**/size/heads-*.json")
    content = json.loads(record.read_text(encoding="utf-8"))
    [counted] = [each for each in content["outcome"]["measurements"] if each["metric"] == "params"]
    counted["samples"] = [sample - 1000 for sample in counted["samples"]]
    record.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ["--builtin-schema", "vendor.github-workflows", str(GITHUB)],
        ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(GITLAB)],
    ],
    ids=["github", "gitlab"],
)
def test_schemas_of_the_services_take_the_files(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_pull_request_is_compared_summarised_and_commented_on(runner: Runner) -> None:
    workflow = read(GITHUB)
    runner.variables |= {**workflow["env"], "SUITE": "small.yaml"}
    event = {"${{ github.event.pull_request.number }}": "7", "${{ github.token }}": "t"}
    runner.steps(workflow["jobs"]["exact"], event)
    assert runner.ended == dict.fromkeys(runner.ended, 0)
    assert len(runner.ended) == 5
    assert "## small: baseline nightly → current records" in runner.text("github_step_summary")
    assert "## A small suite" in runner.text("github_step_summary")
    assert runner.text("comment.md").splitlines()[0] == marker("small: baseline nightly → current records")
    assert "regression" not in runner.text("comment.md")
    assert "--method POST repos/o/r/issues/7/comments -F body=@comment.md" in runner.text("gh_calls")
    (runner.place.folder / "gh_known").write_text("4711\n", encoding="utf-8")
    runner.steps(workflow["jobs"]["exact"], event)
    assert "--method PATCH repos/o/r/issues/comments/4711 -F body=@comment.md" in runner.text("gh_calls")


def test_a_model_that_grew_fails_the_gate_and_is_still_told(runner: Runner) -> None:
    workflow = read(GITHUB)
    runner.variables |= {**workflow["env"], "SUITE": "small.yaml"}
    grown(runner.place)
    runner.steps(workflow["jobs"]["exact"], {})
    assert [name for name, code in runner.ended.items() if code] == ["Gate"]
    assert runner.ended["Gate"] == 4
    for name in ("comment.md", "github_step_summary"):
        assert [line for line in runner.text(name).splitlines() if REGRESSED.match(line)], name
    [error] = [line for line in runner.told["What changed"].splitlines() if line.startswith("::error")]
    assert "heads" in error
    assert "params" in error
    assert "half-gone" in runner.text("github_step_summary"), "claims are told, too"


def nights() -> dict[str, list[str]]:
    """The lines of each service's nightly job."""
    github = [step.get("run", "") for step in read(GITHUB)["jobs"]["nightly"]["steps"]]
    gitlab = read(GITLAB)["benchbench-nightly"]
    return {"github": "\n".join(github).splitlines(), "gitlab": [*gitlab["script"], *gitlab["after_script"]]}


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_night_measures_a_slow_down_again_before_it_alarms(service: str) -> None:
    [gate] = [line for line in nights()[service] if "--gate" in line]
    assert gate.startswith("benchbench compare ")
    assert "--confirm" in gate.split()


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_night_knows_its_machine_before_it_measures(service: str) -> None:
    first, second = [line for line in nights()[service] if line.startswith("benchbench ")][:2]
    assert first == "benchbench doctor --calibrate"
    assert second.startswith("benchbench run ")


def test_a_night_is_measured_anew_and_leaves_every_report(runner: Runner) -> None:
    workflow = read(GITHUB)
    runner.variables |= {**workflow["env"], "SUITE": "small.yaml"}
    runner.steps(workflow["jobs"]["nightly"], {})
    assert list(runner.ended.values()) == [0, 0, 0, 0, 0]
    assert machines(runner.place.folder / "records"), "its noise is known before anything is judged"
    assert "## small: baseline nightly → current records" in runner.text("github_step_summary")
    assert ET.fromstring(runner.text("reports/changes.xml").encode()).get("failures") == "0"
    assert ET.fromstring(runner.text("reports/junit.xml").encode()).get("errors") == "0"
    assert json.loads(runner.text("reports/smaller.json"))
    assert json.loads(runner.text("reports/bigger.json"))
    assert json.loads(runner.text("reports/rounds.json"))["benchmarks"] == []


def test_two_revisions_are_measured_by_turns_only_where_somebody_asks(runner: Runner) -> None:
    workflow = read(GITHUB)
    job = workflow["jobs"]["turns"]
    assert job["if"] == "github.event_name == 'workflow_dispatch' && inputs.base != ''"
    assert job["steps"][0]["with"] == {"fetch-depth": 0, "persist-credentials": False}
    assert not re.search("secrets|github.token|write", str(job))
    assert "inputs.base == ''" in workflow["jobs"]["nightly"]["if"], "one of the two is run"
    for words in (["init", "-q"], ["add", "small.yaml"], ["commit", "-q", "-m", "a suite"]):
        subprocess.run(["git", *NOBODY, *words], cwd=runner.place.folder, check=True, timeout=60)
    runner.variables |= {**workflow["env"], "SUITE": "small.yaml"}
    runner.steps(job, {"${{ inputs.base }}": "HEAD"})
    assert runner.ended == {"By turns": 0}
    assert "equivalent" in runner.told["By turns"]


@pytest.mark.parametrize("job", ["benchbench-exact", "benchbench-nightly"])
def test_gitlabs_jobs_end_well_with_a_report_of_tests(runner: Runner, job: str) -> None:
    workflow = read(GITLAB)
    runner.variables |= {**workflow["variables"], "SUITE": "small.yaml"}
    assert workflow[".benchbench"]["before_script"] == [INSTALL]
    assert runner.lines(workflow[job]["script"]) == 0
    assert runner.lines(workflow[job]["after_script"]) == 0
    for name in workflow[".benchbench"]["artifacts"]["reports"]["junit"]:
        assert int(ET.fromstring(runner.text(name).encode()).attrib["tests"]) > 0


def test_gitlabs_merge_request_tells_what_its_gate_found(runner: Runner) -> None:
    workflow = read(GITLAB)
    runner.variables |= {**workflow["variables"], "SUITE": "small.yaml"}
    grown(runner.place)
    assert runner.lines(workflow["benchbench-exact"]["script"]) == 4
    assert runner.lines(workflow["benchbench-exact"]["after_script"]) == 0
    failed = ET.fromstring(runner.text("reports/changes.xml").encode()).findall(".//testcase[failure]")
    assert ["heads: params" in str(case.get("name")) for case in failed] == [True]
