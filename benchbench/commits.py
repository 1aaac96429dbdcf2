"""The git commit of the repository that a file lies in."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

from benchbench.types import Settings

PATIENCE_S = 10.0
SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
"""A repository is somebody's: nothing that its configuration names may run."""


def commit_of(file: str) -> Settings:
    """`{"commit": ...}` with the full hexadecimal name of what is checked out where a file lies; else nothing.

    Nothing also where there is no git, no such file, no commit yet, or a repository that git takes for another user's.
    Changes that are not committed are not told: to look for them may run filters that the repository names.
    """
    try:
        folder = Path(file).resolve().parent
    except (OSError, ValueError):
        return {}
    return _commit(folder)


@cache
def _commit(folder: Path) -> Settings:
    """Asked once for each folder: a run is of one commit, whatever is committed meanwhile."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    surroundings |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", *SAFE, "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    name = done.stdout.strip()
    return {"commit": name} if done.returncode == 0 and re.fullmatch(r"[0-9a-f]{40,64}", name) else {}
