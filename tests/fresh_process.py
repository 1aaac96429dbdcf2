"""Calls in a process that has allocated nothing yet.

A long session's freed memory is mapped still, and given out again below any limit on what may be mapped more.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def answer(function: Callable[..., object], *arguments: object) -> Any:
    """What a module's function answers there; arguments and answer pass as JSON."""
    named = f"from {function.__module__} import {function.__name__} as called"
    code = f"import json, sys; {named}; print(json.dumps(called(*json.loads(sys.argv[1]))))"
    command = [sys.executable, "-c", code, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
