from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import benchbench
from benchbench.checkouts import Checkout, checked_out
from benchbench.errors import UnknownName


def git(folder: Path, *words: str) -> str:
    named = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    git(folder, "init", "--quiet")
    for word in ("old", "new"):
        (folder / "sub" / "word").write_text(word, encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", word)
    return folder


def trees(folder: Path) -> int:
    return git(folder, "worktree", "list", "--porcelain").count("worktree ")


def test_a_revision_is_there_as_it_was_and_gone_afterwards(project: Path, tmp_path: Path) -> None:
    (project / "sub" / "word").write_text("not committed", encoding="utf-8")
    with checked_out("HEAD~1", tmp_path / "tree", project) as tree:
        assert (tree.folder / "sub" / "word").read_text() == "old"
        assert tree.name.startswith("HEAD~1 (")
        assert trees(project) == 2
    assert trees(project) == 1
    assert not (tmp_path / "tree").exists()
    assert (project / "sub" / "word").read_text() == "not committed"


def test_from_a_sub_folder_the_same_one_is_meant(project: Path, tmp_path: Path) -> None:
    with checked_out("HEAD", tmp_path / "tree", project / "sub") as tree:
        assert (tree.folder / "word").read_text() == "new"


def test_a_sub_folder_that_was_not_there_is_told(project: Path, tmp_path: Path) -> None:
    (project / "later").mkdir()
    with (
        pytest.raises(UnknownName, match="HEAD has no folder later"),
        checked_out("HEAD", tmp_path / "t", project / "later"),
    ):
        pass
    assert trees(project) == 1


def test_whatever_happens_meanwhile_the_tree_is_removed(project: Path, tmp_path: Path) -> None:
    def interrupted() -> None:
        with checked_out("HEAD", tmp_path / "tree", project) as tree:
            (tree.folder / "made.txt").write_text("by the models", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert trees(project) == 1
    assert not (tmp_path / "tree").exists()


def test_a_folder_is_taken_as_it_stands(project: Path, tmp_path: Path) -> None:
    with checked_out("sub", tmp_path / "tree", project) as tree:
        assert tree == Checkout("sub", project / "sub")
    assert (project / "sub").is_dir()


@pytest.mark.parametrize("name", ["nobody", "", "--help", "-c core.pager=true", "HEAD:sub", "HEAD\0"])
def test_what_is_neither_is_refused(project: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownName), checked_out(name, tmp_path / "tree", project):
        pass
    assert trees(project) == 1


def test_no_hook_of_the_repository_runs(project: Path, tmp_path: Path) -> None:
    hook = project / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    hook.chmod(0o755)
    with checked_out("HEAD", tmp_path / "tree", project):
        pass
    assert not (tmp_path / "ran").exists()


def test_outside_of_a_repository_there_are_no_revisions(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(UnknownName), checked_out("HEAD", tmp_path / "tree", tmp_path / "bare"):
        pass


def test_modules_come_from_the_checkout_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    found = Checkout("", tmp_path).search.split(os.pathsep)
    assert found == [str(tmp_path), str(tmp_path / "src"), "/elsewhere", str(Path(benchbench.__file__).parents[1])]
