"""The real program in real processes, on a suite that takes seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SUITE = """
suite: small
title: A small suite
family: detr
reference: base
budget: {seconds: 2, min-rounds: 3, half-width: 0.5}
document: {title: A small document}
scales:
  stand-in:
    title: small DETR on generated shapes
    checkpoint: stand-in
    dataset: {shapes: {seed: 1, count: 6}}
    input: {shorter: 96, longer: 96}
    timing: [96, 96]
variants:
  base: {title: stand-in DETR}
  heads:
    title: heads 8 to 4
    steps: [prune-heads: {count: 4, score: l1}]
probes:
  - size
  - latency: {condition: {batch: 1, threads: 1}}
  - coco-ap: {condition: {batch: 2}}
claims:
  half-gone:
    kind: change
    title: half the heads is half the parameters
    source: {document: A small document, words: "50 %"}
    scale: any
    metric: params
    variant: heads
    value: "-50%"
"""
Ended = subprocess.CompletedProcess[str]
Run = Callable[..., Ended]


@dataclass(frozen=True)
class Place:
    """A folder with a suite in it, and the program to run there."""

    folder: Path
    suite: Path
    environment: dict[str, str]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "benchbench", *words]

    def run(self, *words: str) -> Ended:
        return subprocess.run(
            self.command(*words),
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def records(self) -> Sequence[Path]:
        return sorted((self.folder / "records").glob("[!.]*/**/*.json"))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated data are drawn once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def place(tmp_path: Path, cache: Path) -> Place:
    suite = tmp_path / "small.yaml"
    suite.write_text(SUITE, encoding="utf-8")
    return Place(tmp_path, suite, {**os.environ, "XDG_CACHE_HOME": str(cache), "COLUMNS": "200"})
