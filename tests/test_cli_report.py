"""What `report` refuses before anything is read."""

from __future__ import annotations

import pytest

from benchbench.cli_report import FORMS, report
from benchbench.commands import FILES
from benchbench.errors import UnknownName
from benchbench.report.ci import formats


def test_an_unknown_format_is_told_every_known_one() -> None:
    with pytest.raises(UnknownName) as error:
        report("no-such-suite", form="nosuch")
    assert error.value.hint == f"known: {', '.join(FORMS)}"
    assert set(FORMS) == {*FILES, "latex", "parquet", *formats()}
