"""What is taken out of a revision is limited; names never become options."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchbench import git_trees
from benchbench.errors import BenchbenchError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "deep").mkdir(parents=True)
    for name in ("a.json", "b.npz", "c.txt", "deep/d.json"):
        (home / name).write_text("x" * 100)
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run(["git", *who, *words], cwd=home, check=True, capture_output=True)
    return home


def test_records_and_their_attachments_alone(repository: Path, tmp_path: Path) -> None:
    assert git_trees.extracted("main", tmp_path / "out", repository)
    found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {"a.json", "b.npz", "deep/d.json"}


def test_a_folder_of_a_revision(repository: Path, tmp_path: Path) -> None:
    assert git_trees.extracted("main:deep", tmp_path, repository)
    assert (tmp_path / "d.json").is_file()


@pytest.mark.parametrize(("limit", "value"), [("LARGEST", 250), ("MOST", 2)])
def test_too_much_is_refused(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(git_trees, limit, value)
    with pytest.raises(BenchbenchError, match="in a revision"):
        git_trees.extracted("main", tmp_path / "out", repository)


def test_without_git_there_is_no_revision(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not git_trees.extracted("main", tmp_path / "out", repository)


def test_a_file_is_no_tree(repository: Path, tmp_path: Path) -> None:
    assert not git_trees.extracted("main:a.json", tmp_path / "out", repository)
