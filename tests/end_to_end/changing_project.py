"""A user's project in git, with a model of its own that changes from revision to revision."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.end_to_end.conftest import Ended, Place

SUITE = """
suite: toy
title: A project's own models
family: vit
reference: plain
budget: {seconds: 1, min-rounds: 3, half-width: 0.5}
scales:
  small:
    title: waiting models
    checkpoint: random
    dataset: {glyphs: {seed: 1, count: 4}}
    input: {side: 48}
    timing: [48, 48]
variants:
  plain: {title: plain, external: "toy:plain"}
  other: {title: other, external: "toy:other"}
probes:
  - size
  - latency: {condition: {batch: 1, threads: 1}}
"""
TOY = """
import os
import time

import torch
from torch import nn


class Toy(nn.Module):
    def __init__(self, seconds, classes=8):
        super().__init__()
        self.layer = nn.Linear(3, classes)
        self.seconds = seconds

    def forward(self, pixel_values):
        time.sleep(self.seconds)
        return {"logits": self.layer(pixel_values.mean((2, 3)))}


def plain():
    return Toy(0.01)


def other():
    return Toy(0.02)
"""
"""Its time is spent asleep, so that it is known however busy the machine is."""
ALLOWED = ("--allow-code", "toy:plain", "--allow-code", "toy:other")


@dataclass(frozen=True)
class Project:
    """A repository, and the program to run in it; what that makes for a while goes to a folder of its own."""

    place: Place
    scratch: Path

    def git(self, *words: str) -> str:
        named = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *named, *words], cwd=self.place.folder, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def commit(self, toy: str) -> str:
        """The project with this code of its models: a new revision."""
        (self.place.folder / "toy.py").write_text(toy, encoding="utf-8")
        self.git("add", "toy.py", "suite.yaml")
        self.git("commit", "--quiet", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "HEAD")

    def words(self, base: str, head: str, *more: str) -> list[str]:
        return ["bench-pr", base, head, "--suite", "suite.yaml", *ALLOWED, "--seconds", "3", "--rounds", "8", *more]

    def compare(self, base: str, head: str, *more: str) -> Ended:
        return self.place.run(*self.words(base, head, *more))

    def is_clean(self) -> bool:
        """Whether no work tree, file or process is left."""
        trees = self.git("worktree", "list", "--porcelain").count("worktree ")
        left = [process for process in psutil.process_iter(["cmdline"]) if self._is_ours(process)]
        return trees == 1 and not list(self.scratch.iterdir()) and not left

    def _is_ours(self, process: psutil.Process) -> bool:
        return any(str(self.scratch) in word for word in process.info["cmdline"] or ())


def project(folder: Path, cache: Path) -> Project:
    """A repository without a revision."""
    scratch, home = folder / "scratch", folder / "project"
    scratch.mkdir()
    home.mkdir()
    (home / "suite.yaml").write_text(SUITE, encoding="utf-8")
    here = {"TMPDIR": str(scratch), "XDG_CACHE_HOME": str(cache), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    made = Project(Place(home, home / "suite.yaml", {**os.environ, **here}), scratch)
    made.git("init", "--quiet")
    return made
