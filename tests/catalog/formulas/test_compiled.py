"""Compiled loops: kept on disk wherever something can be kept, and working where nothing can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchbench.catalog.formulas.compiled import compiled

MODULE = """
import numpy as np
from benchbench.catalog.formulas.compiled import compiled

@compiled
def total(values):
    found = 0.0
    for value in values:
        found += value
    return found

print(total(np.arange(5.0)), sum(total.stats.cache_hits.values()))
"""


def answers(folder: Path, **environment: str) -> tuple[str, str]:
    """What the module prints in a process of its own: the sum, and how often the compiled form was found on disk."""
    told = {**os.environ, "HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache"), **environment}
    done = subprocess.run(
        [sys.executable, str(folder / "code" / "loop.py")],
        env=told,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    value, hits = done.stdout.split()
    return value, hits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "loop.py").write_text(MODULE, encoding="utf-8")
    return tmp_path


def closed(path: Path) -> None:
    """A folder in which nothing can be made, also not by root: a file stands where numba's would."""
    (path / "__pycache__").write_text("", encoding="utf-8")


def test_the_machine_code_is_found_again(folder: Path) -> None:
    assert answers(folder) == ("10.0", "0")
    assert list((folder / "code" / "__pycache__").glob("loop.total-*.nbc"))
    assert answers(folder) == ("10.0", "1")


def test_beside_a_source_that_nothing_can_be_written_to_the_users_cache_keeps_it(folder: Path) -> None:
    closed(folder / "code")
    assert answers(folder) == ("10.0", "0")
    assert list(folder.rglob("loop.total-*.nbc"))
    assert answers(folder) == ("10.0", "1")


def test_where_nothing_can_be_kept_it_is_compiled_anew(folder: Path) -> None:
    closed(folder / "code")
    (folder / "blocked").write_text("", encoding="utf-8")
    nowhere = {name: str(folder / "blocked" / "below") for name in ("HOME", "XDG_CACHE_HOME")}
    assert answers(folder, **nowhere) == ("10.0", "0")
    assert not list(folder.rglob("*.nbc"))


def test_sums_take_any_order_but_nan_stays_nan() -> None:
    @compiled
    def share(values: np.ndarray) -> float:
        found = 0.0
        for value in values:
            found += value if value > 0 else 0.0
        return found / len(values)

    assert share(np.array([1.0, np.nan, -2.0, 2.0])) == 0.75
    assert np.isnan(share(np.zeros(0)))
