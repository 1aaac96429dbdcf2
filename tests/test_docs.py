"""The documentation keeps its word: links lead somewhere, commands exist, examples load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from benchbench.cli import app
from benchbench.declare import load
from benchbench.shipped import suites
from benchbench.vocabulary import vocabulary

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "training").rglob("*.md")])
DETR = """
suite: mine
title: mine
family: detr
reference: base
scales: {full: {title: full, checkpoint: random, dataset: {coco: {}}, timing: [96, 96]}}
"""
VIT = DETR.replace("detr", "vit").replace("base", "b16").replace("full:", "finetuned:").replace("coco", "imagenet")
DEPTH = DETR.replace("detr", "depth-anything").replace("coco: {}", "rooms: {seed: 1, count: 9}")
BESIDE = {
    "export": "",
    "suites": "",
    "runtimes": f"{DETR}variants: {{base: {{title: base}}}}",
    "writing_a_suite": "",
    "gpu": f"{DETR}variants: {{base: {{title: base}}}}",
    "depth_protocols": f"{DEPTH}variants: {{base: {{title: base}}}}",
    "vit": f"{VIT}probes: [size, original-size]",
}
"""What makes a suite of an example."""
GENERATED = {f"catalog/{kind}.md" for kind in ("families", "steps", "probes", "datasets", "runtimes")}
"""Pages of the site that are made of docstrings when it is built."""
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert set(missing) <= GENERATED


def test_every_command_of_the_readme_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"benchbench ([a-z-]+)", README))
    assert named - {"is"} <= known
    assert known <= named


def test_ci_runs_the_readmes_test_command() -> None:
    [command] = [line for line in README.splitlines() if line.endswith(".venv/bin/tox -q")]
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_readmes_suite_loads(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(suite: .*?)```", README, re.DOTALL)
    path = tmp_path / "mine.yaml"
    path.write_text(example, encoding="utf-8")
    suite = load(path, vocabulary())
    assert [variant.name for variant in suite.variants] == ["base", "heads"]


def test_every_dependency_has_its_line() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [re.split(r"[<>=\[~!]", each)[0] for each in project["dependencies"]]
    table = re.findall(r"^\| ([a-z0-9., -]+?) \|", page, re.MULTILINE)
    listed = {name.strip() for row in table for name in row.replace("ruamel.yaml", "ruamel-yaml").split(",")}
    assert {name.replace("ruamel.yaml", "ruamel-yaml") for name in names} <= listed


def test_every_pinned_dependency_is_constrained() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "\ntorch==2.13.0\n" in pins


@pytest.mark.parametrize("name", suites())
def test_the_changelog_and_readme_know_the_suites(name: str) -> None:
    assert name in README


def test_nothing_speaks_of_the_machine_it_was_written_on() -> None:
    words = re.compile(r"/(?:work|root)/|\bhelper-\d|\bthis workplace\b")
    for page in PAGES:
        assert not words.search(page.read_text(encoding="utf-8")), page


@pytest.mark.parametrize("page", BESIDE)
def test_the_example_of_a_page_loads(page: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "mine.yaml"
    path.write_text(f"{example}{BESIDE[page]}", encoding="utf-8")
    assert load(path, vocabulary()).probes


def test_the_example_of_training_says_what_its_page_says(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "suites.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "mine.yaml"
    path.write_text(example, encoding="utf-8")
    variants = {variant.name: variant for variant in load(path, vocabulary()).variants}
    assert [use.name for use in variants["gradual"].steps].count("finetune") == 2
    assert variants["taught"].steps[-1].teacher == variants["control"]
