"""What is told to be at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench import checkup
from tests.recovered_suite import SUITE, asked, trained


def told(request_path: str, records: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(checkup, "suites", lambda: {request_path: "A suite"})
    found = checkup.checkup(records)["at hand"]
    return {key.removeprefix(f"{request_path} stand-in "): value for key, value in found.items()}


def test_data_and_trainings_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(tmp_path)
    found = told(request.suite, request.records, monkeypatch)
    assert found["checkpoint"] == found["data"] == found["training"] == found["calibration"] == "yes"
    assert "unlabelled" not in found
    assert found["recovered"] == "0 of 8 trainings → benchbench run small --recover"
    for variant in ("tuned", "gradual", "control", "taught"):
        trained(request, variant)
    assert told(request.suite, request.records, monkeypatch)["recovered"] == "8 of 8 trainings"


def test_a_suite_without_trainings_says_nothing_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, _, rest = SUITE.partition("  tuned:")
    request = asked(tmp_path, start + rest[rest.index("probes:") :])
    assert "recovered" not in told(request.suite, request.records, monkeypatch)
