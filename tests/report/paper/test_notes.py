"""What stands under a table: what intervals cover, in the terms of each metric."""

from __future__ import annotations

import re

from benchbench.lineage import metrics
from benchbench.report import paper
from tests.report.paper.shipped import account


def test_the_error_of_a_reading_is_no_interval_of_chance() -> None:
    text = paper(account("depth_anything_v2"), "long").replace(r"\bbcut{}", "")
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert any(line.startswith(r"Subscripts of peak memory: \(\pm\) the known error of a reading.") for line in lines)
    assert not any("95" in line and "peak memory" in line for line in lines)
    rows = [line for line in lines if line.startswith("Peak memory")]
    assert rows
    assert any(r"\bbinterval" in row for row in rows)
    assert not any(re.search(r"bbstars\{\*", row) for row in rows)
    assert any(re.search(r"bbstars\{\*", line) for line in lines if line.startswith("AbsRel"))


def test_every_memory_that_is_read_says_so() -> None:
    known = metrics().values()
    read = {metric.name for metric in known if metric.unit == "MiB" and not metric.exact}
    assert {metric.name for metric in known if metric.covers} == read - {"train_peak_mib"}
