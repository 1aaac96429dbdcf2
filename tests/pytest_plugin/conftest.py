"""A pytest of its own in a folder of its own, in a real process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Ended = subprocess.CompletedProcess[str]
Pytest = Callable[..., Ended]
SUITE = """
suite: tiny
title: A tiny suite
family: detr
reference: base
budget: {seconds: 1, min-rounds: 3, half-width: 0.5}
document: {title: A tiny document}
scales:
  stand-in:
    title: small DETR on generated shapes
    checkpoint: stand-in
    dataset: {shapes: {seed: 1, count: 2}}
    input: {shorter: 96, longer: 96}
    timing: [96, 96]
variants:
  base: {title: stand-in DETR}
  heads:
    title: heads 8 to 4
    steps: [prune-heads: {count: 4, score: l1}]
  broken:
    title: more heads than there are
    steps: [prune-heads: {count: 9, score: l1}]
probes:
  - size
  - latency: {condition: {batch: 1, threads: 1}, variants: [base, heads]}
  - coco-ap: {condition: {batch: 2}, variants: [base]}
claims:
  half-gone:
    kind: change
    title: half the heads is half the parameters
    source: {document: A tiny document, words: "50 %"}
    scale: any
    metric: params
    variant: heads
    value: "-50%"
  smaller:
    kind: ordering
    title: fewer heads, fewer parameters
    source: {document: A tiny document, words: fewer}
    scale: any
    metric: params
    order: ["heads < base"]
  precise:
    kind: ordering
    title: fewer heads cost accuracy
    source: {document: A tiny document, words: accuracy}
    scale: any
    metric: AP
    order: ["heads < base"]
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated data are drawn once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "suites").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (tmp_path / "suites" / "tiny.yaml").write_text(SUITE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, cache: Path) -> Pytest:
    """Run pytest with the plugin; all warnings are errors."""

    def run(*words: str) -> Ended:
        plugins = ("-p", "no:cacheprovider", "-p", "benchbench.pytest_plugin")
        # A run of its own, also where these tests are themselves shared by processes.
        outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *plugins, *words],
            check=False,
            cwd=folder,
            env={**outer, "XDG_CACHE_HOME": str(cache), "COLUMNS": "250", "PY_COLORS": "0"},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run
