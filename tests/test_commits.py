"""The commit of a suite's repository, asked without running anything that the repository names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchbench.commits import commit_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    person = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *person, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "mine.yaml").write_text("suite: mine\n", encoding="utf-8")
    return tmp_path


def test_the_commit_of_the_suites_repository(repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    assert commit_of(str(repository / "suites" / "mine.yaml")) == {"commit": git(repository, "rev-parse", "HEAD")}


def test_nothing_before_the_first_commit(repository: Path) -> None:
    assert commit_of(str(repository / "suites" / "mine.yaml")) == {}


def test_nothing_outside_of_a_repository_and_for_what_is_no_file(tmp_path: Path) -> None:
    assert commit_of(str(tmp_path / "mine.yaml")) == {}
    assert commit_of(str(tmp_path / "nowhere" / "mine.yaml")) == {}
    assert commit_of("a\0b") == {}


def test_what_the_repository_names_is_not_run(repository: Path) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    trap, mark = repository / "trap.sh", repository / "mark"
    trap.write_text(f"#!/bin/sh\ntouch '{mark}'\n", encoding="utf-8")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.editor"):
        git(repository, "config", name, str(trap))
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(trap, hooks / name)
    mark.unlink(missing_ok=True)
    assert commit_of(str(repository / "suites" / "mine.yaml"))
    assert not mark.exists()


def test_the_surroundings_cannot_lead_elsewhere(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "first")
    own = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(repository / "elsewhere"))
    assert commit_of(str(repository / "suites" / "mine.yaml")) == {"commit": own}
