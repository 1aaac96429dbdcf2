"""The baseline that is committed is of the suite as it ships now, and the nightly job compares with it."""

from __future__ import annotations

import json
import re
import shlex
import socket
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from benchbench import flow
from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.probes import PROBES
from benchbench.cli import app
from benchbench.lineage import code
from benchbench.record import Store
from benchbench.sides import place_of, side
from benchbench.types import Entry, Record, Skipped

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "records" / "baselines" / "quickstart"
RENEW = "the baseline is out of date; docs/regression.md tells how to renew it"
MIB = 2**20
PLACE = re.compile(r"(?:^|[\s'\"=:(])(?:~|/[\w.-]+)/|\\\\|[A-Z]:\\")
"""What looks like a path from a machine's root or a home."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> flow.Plan:
    """What a night measures."""
    return flow.plan(flow.Request("quickstart", fresh=True, records=tmp_path_factory.mktemp("none")))


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {place_of(record.trial): record for record in Store(BASELINE).records()}


def measured(plan: flow.Plan) -> list[Entry]:
    return [entry for entry in plan.entries if not isinstance(entry.outcome, Skipped) or entry.outcome == flow.PENDING]


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        yield from content
        for value in content.values():
            yield from strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from strings(value)
    elif isinstance(content, str):
        yield content


def test_it_holds_what_a_night_measures_and_no_more(plan: flow.Plan, records: dict[str, Record]) -> None:
    wanted = {place_of(entry.trial): entry.trial.label for entry in measured(plan)}
    assert sorted(wanted.values()) == sorted(record.trial.label for record in records.values()), RENEW
    assert records.keys() == wanted.keys(), RENEW
    assert len(side("baseline", BASELINE).entries) == len(wanted)
    assert not Store(BASELINE).broken


def test_it_was_made_by_the_code_as_it_is(plan: flow.Plan, records: dict[str, Record]) -> None:
    """Otherwise the gate would call it not comparable, or lay at a change's door what an older one did."""
    for entry in measured(plan):
        record, wanted = records[place_of(entry.trial)], code(entry.trial)
        assert {name: record.versions.get(name) for name in wanted} == wanted, f"{entry.trial.label}: {RENEW}"
        if all(metric.exact for metric in PROBES[entry.trial.probe.name].metrics):
            assert record.key == plan.keys[entry.trial.identity], f"{entry.trial.label}: {RENEW}"


def test_its_scores_are_over_the_data_as_they_are(records: dict[str, Record]) -> None:
    scored = [record for record in records.values() if PROBES[record.trial.probe.name].kind == "scored"]
    assert scored
    for record in scored:
        use = record.trial.scale.dataset
        located = DATASETS[use.name].locate(**use.settings)
        assert record.facts["data_fingerprint"] == getattr(located, "fingerprint", None), RENEW
        rows = Store(BASELINE).attachment(record, "rows.npz")
        assert rows is not None
        assert rows.is_file(), "without rows scores would be compared unpaired"


def test_it_is_small_and_tells_nothing_of_who_made_it() -> None:
    files = [path for path in BASELINE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MIB
    for path in files:
        assert path.suffix in {".json", ".npz"}
        found = list(strings(json.loads(path.read_text(encoding="utf-8")))) if path.suffix == ".json" else []
        assert not [text for text in found if PLACE.search(text) or text == socket.gethostname()], path


def test_what_would_tell_a_place_is_noticed() -> None:
    assert all(map(PLACE.search, ("/home/anna/suite.yaml", "file: /tmp/x/y", "~/x", "C:\\x")))
    assert not any(map(PLACE.search, ("suites/quickstart.yaml", "images/s", "int8 / onnx", "8 → 6")))


def test_the_nightly_job_can_be_typed_and_is_what_ci_runs() -> None:
    ini = ConfigParser(interpolation=None)
    ini.read(ROOT / "tox.ini", encoding="utf-8")
    nightly = ini["testenv:nightly"]
    commands = [shlex.split(line.replace("{posargs}", "")) for line in nightly["commands"].strip().splitlines()]
    assert [words[:2] for words in commands] == [["benchbench", name] for name in ("doctor", "run", "compare")]
    assert all("{posargs}" in line for line in nightly["commands"].strip().splitlines()), "one folder of records"
    known: dict[str, click.Command] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for _, name, *words in commands:
        known[name].make_parser(click.Context(known[name])).parse_args(words)
    calibrated, _, gate = commands
    assert "--calibrate" in calibrated, "no time alarms below twice this machine's own noise"
    assert {"--gate", "--confirm"} <= set(gate)
    assert (ROOT / gate[2]).resolve() == BASELINE
    assert (nightly["package"], nightly["extras"]) == ("wheel", ""), "what a user installs"
    assert any(re.search(r"tox\b.* -e nightly$", line) for line in (ROOT / ".ci" / "run").read_text().splitlines())
