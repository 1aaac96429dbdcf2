"""Every console block of the documentation is typed in a shell, and answers what is shown; Python blocks run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documented import KINDS, MARKS, PAGES, PROMPT, ROOT, Block, blocks, session
from tests.documented_grounds import GROUNDS, MEASURED, WITHOUT_CLOCK, prepared
from tests.documented_output import same

BLOCKS = [block for page in PAGES for block in blocks(page)]
EXECUTED = sorted({block.page for block in BLOCKS if block.executed})
NOT_RUN = {
    ("docs/gpu.md", "needs a GPU"),
    ("docs/training.md", "takes a model and samples as the engine lends them"),
}
"""Blocks that no test can execute, with their reasons: nothing joins them unseen."""
ANSWERING = (
    *("quickstart", "writing_a_suite", "suites", "training", "quantisation", "runtimes", "export", "datasets"),
    *("history", "regression", "paper", "ci/README", "depth_protocols", "vit"),
)
"""Pages on which a reader wants to see an answer."""
Shell = Callable[[str, Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Bash as a reader has it: the installed program on its path, empty caches, no network, no settings of ours."""
    programs, caches = tmp_path_factory.mktemp("bin"), tmp_path_factory.mktemp("caches")
    for name, program in (
        ("benchbench", f"#!{sys.executable}\nfrom benchbench.cli import main\nmain()\n"),
        ("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n'),
    ):
        (programs / name).write_text(program, encoding="utf-8")
        (programs / name).chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BENCHBENCH_", "GITHUB_"))}
    environment = own | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(caches),
        "HF_HOME": str(caches / "hub"),
        "HF_HUB_OFFLINE": "1",
        "COLUMNS": "200",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }

    def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    return typed


@pytest.fixture(scope="module")
def measured(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Records of the suite quickstart, measured for the first page that wants them."""
    folder = tmp_path_factory.mktemp("quickstart")

    def records() -> Path:
        if not (folder / "records").exists():
            done = shell(f"benchbench run quickstart -k '{WITHOUT_CLOCK}'", folder)
            assert done.returncode == 0, done.stdout
        return folder / "records"

    return records


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_shows_what_is_answered(page: Path, shell: Shell, measured: Callable[[], Path], tmp_path: Path) -> None:
    """In their order, in one folder: later blocks find what earlier ones left."""
    for block in blocks(page):
        if "given" in block.marks:
            prepared(block.marks["given"], tmp_path, measured)
        if "file" in block.marks:
            (tmp_path / block.marks["file"]).write_text(block.text, encoding="utf-8")
        elif block.kind == "python" and block.executed:
            (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
            done = shell("python block.py", tmp_path)
            assert done.returncode == 0, f"{block}:\n{done.stdout}"
        elif block.executed:
            answers(block, shell, tmp_path)


def answers(block: Block, shell: Shell, folder: Path) -> None:
    """Type what the block types; what is shown must be answered, and what shows nothing must succeed."""
    before = 0
    for each in session(block):
        done = shell(f"(exit {before})\n{each.typed}", folder)
        before = done.returncode
        told = f"{block}: {each.typed}\nanswered\n{done.stdout}\nand the page shows\n{each.output}"
        assert "Traceback" not in done.stdout, told
        assert each.output or not before, told
        assert not each.output or same(each.output, done.stdout, measured="measured" in block.marks), told


def test_no_block_escapes_silently() -> None:
    """A reason stands on the page and here."""
    assert {
        (str(block.page.relative_to(ROOT)), block.marks["not run"]) for block in BLOCKS if "not run" in block.marks
    } == NOT_RUN


def test_every_block_says_what_it_is() -> None:
    """Without its language, or with a prompt, an answer could stand in a block that nobody executes."""
    assert not [str(block) for block in BLOCKS if block.kind not in KINDS and block.page.stem != "architecture"]
    assert not [str(block) for block in BLOCKS if not set(block.marks) <= MARKS]
    sessions = {str(block) for block in BLOCKS if block.kind == "console"}
    assert sessions == {str(block) for block in BLOCKS if block.text.startswith(PROMPT)}


def test_the_grounds_exist() -> None:
    named = {block.marks["given"] for block in BLOCKS if "given" in block.marks}
    assert named == {*GROUNDS, MEASURED}


@pytest.mark.parametrize("page", ANSWERING)
def test_a_page_shows_an_answer(page: str) -> None:
    assert any(
        shown.output for block in blocks(ROOT / "docs" / f"{page}.md") if block.executed for shown in session(block)
    )


def test_a_wrong_answer_is_noticed(tmp_path: Path) -> None:
    def saying(text: str, code: int = 0) -> Shell:
        return lambda line, _: subprocess.CompletedProcess(line, code, text)

    def page(text: str) -> Block:
        return Block(ROOT / "README.md", 1, "console", text, {})

    shown = page("$ benchbench list suites\nsuite\ndetr\n")
    answers(shown, saying("suite\ndetr\n"), tmp_path)
    silent = page("$ benchbench list suites\n")
    answers(silent, saying("whatever\n"), tmp_path)
    for block, shell in ((shown, saying("suite\nvit\n")), (shown, saying("suite\n")), (silent, saying("", 2))):
        with pytest.raises(AssertionError, match="the page shows"):
            answers(block, shell, tmp_path)
