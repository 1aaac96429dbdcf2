"""Tables set by a real pdfLaTeX on the two-column pages that papers use."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDS = pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed (texlive-science)")
TROUBLE = re.compile(r"^!|Warning|Overfull|Underfull|Missing character")
CVPR = r"""\documentclass[10pt,twocolumn,letterpaper]{article}
\usepackage{times}
\setlength{\textheight}{8.875in}\setlength{\textwidth}{6.875in}\setlength{\columnsep}{0.3125in}
\setlength{\topmargin}{0in}\setlength{\headheight}{0in}\setlength{\headsep}{0in}\setlength{\oddsidemargin}{-.304in}
"""
CLASSES = {"article": "\\documentclass[twocolumn,a4paper]{article}\n", "cvpr": CVPR}
PAGE = r"""\usepackage{booktabs,siunitx}
\raggedbottom
\begin{document}
%s
\end{document}
"""


def typeset(folder: Path, body: str, style: str = "article") -> tuple[list[str], int]:
    """What the log complains of, and the number of pages."""
    (folder / "page.tex").write_text(CLASSES[style] + PAGE % body, encoding="ascii")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "page.tex"]
    for _ in range(2):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    log = (folder / "page.log").read_text(encoding="latin-1")
    pages = re.search(r"\((\d+) pages?,", log.replace("\n", ""))
    return [line for line in log.splitlines() if TROUBLE.search(line)], int(pages[1]) if pages else 0


def apart(text: str) -> str:
    """Every float on a page of its own."""
    return re.sub(r"(\\end\{table\*?\})", r"\1\\clearpage", text)
