"""pytest plugin: `pytest suites/` collects suite files as tests, their trials, claims and gates as items.

A file is taken for a suite only where it was asked for: named on the command line itself or by its folder, or matching
the ini option `benchbench_suites`. Nothing of benchbench but this module is imported before such a file is met.
"""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from benchbench.pytest_plugin.collected import SuiteFile

ENDINGS = (".yaml", ".yml")
KEYS = (b"suite:", b"family:", b"scales:", b"variants:", b"probes:")
"""What stands at the start of a line in every suite file."""
LOOKED_AT = 2**20


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options; the ini option names files that are suites whatever was asked for."""
    group = parser.getgroup("benchbench", "benchbench suites")
    group.addoption("--benchbench-records", default="records", help="The folder of records.")
    group.addoption("--benchbench-fresh", action="store_true", help="Ignore what is recorded and measure again.")
    group.addoption("--benchbench-all", action="store_true", help="Measure also what the default budget leaves out.")
    group.addoption("--benchbench-tier", choices=["exact"], help="Only what needs no clock.")
    group.addoption(
        "--benchbench-refuted",
        choices=["fail", "xfail"],
        default="fail",
        help="What a refuted claim comes to: a test that fails, or one that was expected to.",
    )
    told = "Compare each trial with this baseline, folder of records, or git revision of them."
    group.addoption("--benchbench-baseline", metavar="NAME", help=told)
    parser.addini("benchbench_baseline", f"{told} The option goes before.", default="")
    parser.addini("benchbench_suites", "Globs of suite files, from the root folder.", type="args", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """A suite file that was asked for; None of any other."""
    if file_path.suffix not in ENDINGS or not _is_asked_for(file_path, parent.config) or not _is_suite(file_path):
        return None
    from benchbench.pytest_plugin.collected import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


def _is_asked_for(path: Path, config: pytest.Config) -> bool:
    globs = config.getini("benchbench_suites")
    if any(fnmatch(str(path), str(config.rootpath / each)) for each in globs):
        return True
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    named = {(config.invocation_params.dir / word.partition("::")[0]).resolve() for word in config.args}
    return not named.isdisjoint((path.resolve(), path.resolve().parent))


def _is_suite(path: Path) -> bool:
    with path.open("rb") as file:
        lines = file.read(LOOKED_AT).splitlines()
    return all(any(line.startswith(key) for line in lines) for key in KEYS)
