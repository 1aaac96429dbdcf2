"""The documentation as a site: it builds without a warning, is complete, and asks nobody for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchbench.catalog.probes import PROBES
from benchbench.vocabulary import vocabulary
from tests.documented import ROOT

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""Elements that a browser fetches, and the attribute that says from where."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built in a process that cannot reach a network through a proxy either."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
    environment = {**os.environ, **nowhere, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Loads(HTMLParser):
    """What a page makes a browser fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        target = told.get(LOADING.get(tag, "")) or ""
        if re.match(r"(?:https?:)?//", target) and told.get("rel") != "canonical":
            self.found.append(target)


def test_a_reader_fetches_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert not loads.found, page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?https?:|@import", style.read_text(encoding="utf-8")), style


def test_every_page_of_the_folder_is_in_the_navigation(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    written = [page.relative_to(ROOT / "docs") for page in (ROOT / "docs").rglob("*.md")]
    linked = {
        path.parent / "index.html" if path.stem in {"README", "index"} else path.with_suffix(".html")
        for path in written
    }
    assert not [path for path in linked if f'href="{path.as_posix()}"' not in start and path.name != "index.html"]


def test_the_catalogs_pages_name_every_entry_and_setting(site: Path) -> None:
    known = vocabulary()
    shelves = {"families": known.families, "steps": known.steps, "datasets": known.datasets, "probes": known.probes}
    for kind, entries in shelves.items():
        page = (site / "catalog" / f"{kind}.html").read_text(encoding="utf-8")
        for name, settings in entries.items():
            assert f'id="{name}"' in page
            named = {setting.replace("_", "-") for setting in settings} - ({"seed"} if kind == "families" else set())
            assert not [setting for setting in named if f"<code>{setting}</code>" not in page], name


def test_the_metrics_are_on_the_page_of_probes(site: Path) -> None:
    page = (site / "catalog" / "probes.html").read_text(encoding="utf-8")
    assert not [
        each.name for name in PROBES for each in PROBES[name].metrics if f"<code>{each.name}</code>" not in page
    ]


def test_the_catalogs_pages_need_no_torch() -> None:
    program = "import sys, catalog_pages\ncatalog_pages.pages()\nprint('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "docs")])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
