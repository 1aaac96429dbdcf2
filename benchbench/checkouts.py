"""A project as it is in a folder, or as git has it in a revision: a work tree of its own, gone when it is done with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import benchbench
from benchbench.errors import BenchbenchError, UnknownName

PATIENCE_S = 300.0
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
"""A revision is looked at, not worked on: nobody's hook has anything to do with it."""


@dataclass(frozen=True)
class Checkout:
    """A name for the person, and the folder in which its commands run."""

    name: str
    folder: Path

    @property
    def search(self) -> str:
        """Where Python looks for modules: in this checkout first, in what this program was started with, then here.

        A checkout of benchbench itself is measured by its own code, then; that of another project by this program's.
        """
        own = [path for path in (self.folder, self.folder / "src") if path.is_dir()]
        inherited = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
        return os.pathsep.join([*map(str, own), *inherited, str(Path(benchbench.__file__).parents[1])])


@contextmanager
def checked_out(name: str, scratch: Path, start: Path | None = None) -> Iterator[Checkout]:
    """The folder of this name as it stands, else the revision, in a work tree that is made in an absent `scratch`.

    From a sub-folder of a repository the same sub-folder of the work tree is meant. Raises UnknownName.
    """
    here = start or Path.cwd()
    if name and (here / name).is_dir():
        yield Checkout(name, (here / name).resolve())
        return
    commit = _answer(here, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not commit or "\0" in name:
        raise UnknownName(f"'{name}' is no folder and no revision of git here", "see git log --all, and git fetch")
    prefix = _answer(here, "rev-parse", "--show-prefix") or ""
    try:
        _done(here, "worktree", "add", "--detach", "--quiet", str(scratch), commit)
        if not (scratch / prefix).is_dir():
            raise UnknownName(f"{name} has no folder {prefix}", "run it from a folder that both revisions have")
        yield Checkout(f"{name} ({commit[:10]})", (scratch / prefix).resolve())
    finally:
        _answer(here, "worktree", "remove", "--force", "--force", str(scratch))


def _answer(here: Path, *words: str) -> str | None:
    """What git says, None where it refuses or is not there."""
    try:
        done = subprocess.run(
            ["git", *NO_HOOKS, *words],
            cwd=here,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            start_new_session=True,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _done(here: Path, *words: str) -> None:
    if _answer(here, *words) is None:
        raise BenchbenchError(f"git {' '.join(words[:2])} failed", f"try git {' '.join(words)}")
