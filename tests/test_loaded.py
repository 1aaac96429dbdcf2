"""Records for a notebook."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

import benchbench
from benchbench.paper_files import write_parquet
from benchbench.record import Store
from benchbench.report import frame
from benchbench.types import Use
from tests.nightly_records import counts
from tests.report import depth_accounts


def kept(folder: Path) -> None:
    store = Store(folder)
    for entry in depth_accounts.account().entries:
        if entry.record is not None:
            store.append(entry.record)


def test_a_folder_of_records_is_a_frame(tmp_path: Path) -> None:
    kept(tmp_path)
    whole = benchbench.load(tmp_path).frame()
    latency = whole[(whole.metric == "latency_ms") & (whole.variant == "layers-4")].iloc[0]
    assert latency.low < latency.value < latency.high
    assert latency.record == "latency-layers-4-0"
    assert set(benchbench.load(tmp_path / "stand-in" / "size").frame().probe) == {"size"}
    assert len(benchbench.load(tmp_path / "stand-in").frame()) == len(whole)


def test_rows_of_unlike_recipes_are_told_apart(tmp_path: Path) -> None:
    [first, second] = counts([100, 90])
    cut = replace(second.trial, variant=replace(second.trial.variant, steps=(Use("drop-layers", {"count": 1}),)))
    for record in (first, replace(second, trial=cut)):
        Store(tmp_path).append(record)
    rows = benchbench.load(tmp_path).frame()
    assert set(rows.variant) == {"heads"}
    assert dict(zip(rows.recipe, rows.value, strict=True)) == {first.trial.variant.digest: 100, cut.variant.digest: 90}


def test_an_empty_folder_is_an_empty_frame(tmp_path: Path) -> None:
    assert benchbench.load(tmp_path).frame().empty


def test_parquet_reads_back_as_it_was(tmp_path: Path) -> None:
    account = depth_accounts.account()
    write_parquet(account, tmp_path / "numbers.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "numbers.parquet"), frame(account), check_dtype=False)


def test_the_package_is_light() -> None:
    code = "import sys, benchbench; sys.exit(bool({'numpy', 'pandas', 'torch', 'typer'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
