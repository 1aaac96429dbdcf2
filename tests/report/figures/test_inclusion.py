"""figures.tex, set by a real pdfLaTeX on a two-column page without a warning."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.figure_files import written
from benchbench.report import Account
from benchbench.report.figures import Figure, inclusion
from tests.report import accounts, depth_accounts

HOSTILE = r"\input{/etc/passwd}\write18{id}^^5cend $x_1^2 & # % ~ { } 模型优化 🚀 \csname end\endcsname <>|" "''``"
DOCUMENT = r"""\documentclass[twocolumn]{article}
\usepackage{graphicx}
\graphicspath{{figures/}}
\begin{document}
\input{figures/figures.tex}
\end{document}
"""
NEEDS = pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed (texlive-science)")
TROUBLE = re.compile(r"^!|Warning|Overfull|Underfull|Missing character")


def hostile() -> Account:
    given = accounts.account()
    scales = {each.name: f"{HOSTILE}{each.name}" for each in given.suite.scales}

    def moved(account: Account) -> Account:
        entries = tuple(
            replace(
                each,
                trial=replace(each.trial, scale=replace(each.trial.scale, name=scales[each.trial.scale.name])),
            )
            for each in account.entries
        )
        named = tuple(replace(each, name=scales[each.name]) for each in account.suite.scales)
        return replace(account, entries=entries, suite=replace(account.suite, scales=named), verdicts=())

    return moved(given)


ACCOUNTS = {"detr": accounts.account, "depth": depth_accounts.account, "hostile": hostile}


@NEEDS
@pytest.mark.integration
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("name", sorted(ACCOUNTS))
def test_it_compiles_without_a_warning(name: str, columns: int, tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    files = written(ACCOUNTS[name](), folder, ("pdf",), columns, 100)
    assert {path.parent for path in files} == {folder}
    text = (folder / "figures.tex").read_text(encoding="ascii")
    (folder / "figures.tex").write_text(re.sub(r"(\\end\{figure\*?\})", r"\1\\clearpage", text), encoding="ascii")
    (tmp_path / "page.tex").write_text(DOCUMENT, encoding="ascii")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
    for _ in range(2):
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    log = (tmp_path / "page.log").read_text(encoding="latin-1")
    assert not [line for line in log.splitlines() if TROUBLE.search(line)]
    assert text.count(r"\includegraphics") == sum(path.suffix == ".pdf" for path in files)


def test_captions_hold_signature_and_images() -> None:
    account = accounts.account()
    figure = Figure("AP-macs-full", "AP against cost", "Scored over 500 images.", (), ())
    text = inclusion(account, [("detr-AP-macs-full", figure)], 2, "png").replace(r"\bbcut{}", "")
    assert r"\begin{figure*}" in text
    assert r"\includegraphics[width=\linewidth]{detr-AP-macs-full.png}" in text
    assert r"\label{fig:detr-AP-macs-full}" in text
    assert r"Scored over 500 images. \bbsignature{benchbench 0.1.0" in text
    assert r"\providecommand{\bbsignature}[1]{{\scriptsize #1}}" in text
    assert "torch 2.13.0" in text
    assert "Xeon" in text


def test_the_signature_stands_under_the_first_figure_alone() -> None:
    figure = Figure("a", "AP against cost", "Words.", (), ())
    text = inclusion(accounts.account(), [("a", figure), ("b", figure), ("c", figure)], 1, "pdf")
    captions = [line for line in text.splitlines() if line.startswith(r"\caption")]
    assert [r"\bbsignature{benchbench" in line for line in captions] == [True, False, False]
    assert captions[1].endswith("AP against cost. Words.}%")
    assert not any("torch" in line for line in captions[1:])


def test_a_long_caption_is_cut() -> None:
    text = inclusion(accounts.account(), [("a", Figure("a", "b", "word " * 900, (), ()))], 1, "pdf")
    assert max(map(len, text.splitlines())) < 1500
