"""What a report shows of a failure's log."""

from __future__ import annotations

import faulthandler
import tempfile

from benchbench.report.troubles import TAIL, tail


def deep(level: int) -> str:
    """The frames that a crash so many calls down would leave, as the interpreter writes them."""
    if level:
        return deep(level - 1)
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read().decode()


def test_the_last_lines() -> None:
    assert tail("\n".join(str(line) for line in range(30)) + "\n") == "\n".join(str(line) for line in range(18, 30))
    assert tail("") == ""


def test_of_a_crash_the_innermost_frames_not_the_outermost_and_the_list_of_modules() -> None:
    log = f"Fatal Python error: Segmentation fault\n\n{deep(40)}\nExtension modules: numpy, torch (total: 2)\n"
    shown = tail(log).splitlines()
    assert len(shown) == TAIL
    assert shown[0].startswith("Current thread 0x")
    assert shown[1].endswith("in deep")
    assert "test_troubles.py" in shown[1]
    assert not any("Extension modules" in line for line in shown)
