"""The shape of the house, checked: who may import whom, how large things may be, what loads when."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import benchbench

PACKAGE = Path(benchbench.__file__).parent
TESTS = Path(__file__).parent
STAGES = ("declare", "expand", "measure", "record", "verify", "report")
SHELVES = ("families", "steps", "datasets", "probes")
MEETING_PLACES = (
    *("flow", "lineage", "timetable", "recovery", "repeats", "recall", "vocabulary", "checkup", "cleaning", "gallery"),
    *("together", "pairing", "splits", "kept_rows", "profiles"),
    *("comparing", "weighing", "same_images", "sides", "gating"),
    *("commands", "listing", "scoring", "rescoring", "exporting", "cli", "terminal"),
)
"""Modules beside the stages, where stages and catalog meet: flow is the program, the others serve it or the person."""
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base"}
HEAVY = ("torch", "pandas", "transformers", "scipy", "matplotlib")
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def for_checking_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def nodes(tree: ast.AST, *, lazy: bool) -> Iterator[ast.AST]:
    """Every node that runs: without imports for the type checker; `lazy` says whether function bodies count."""
    for child in ast.iter_child_nodes(tree):
        if for_checking_only(child) or (not lazy and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)):
            continue
        yield child
        yield from nodes(child, lazy=lazy)


def imports(path: Path, *, lazy: bool = True) -> set[str]:
    found: set[str] = set()
    for node in nodes(tree_of(path), lazy=lazy):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= NAMES else {node.module, *names}
    return found


def touches(found: set[str], prefix: str) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for name in found)


def within(path: Path, prefix: str) -> bool:
    name = name_of(path)
    return name == f"benchbench.{prefix}" or name.startswith(f"benchbench.{prefix}.")


@pytest.mark.parametrize("stage", STAGES)
def test_stages_are_strangers(stage: str) -> None:
    others = [f"benchbench.{other}" for other in STAGES if other != stage]
    for path in (PACKAGE / stage).rglob("*.py"):
        assert not [other for other in others if touches(imports(path), other)], path


def test_only_measure_and_the_meeting_places_know_the_catalog() -> None:
    allowed = ("measure", "catalog", *MEETING_PLACES)
    for path in MODULES:
        if not any(within(path, name) for name in allowed):
            assert not touches(imports(path), "benchbench.catalog"), path


def test_only_measure_and_the_catalog_know_torch() -> None:
    for path in MODULES:
        if not within(path, "measure") and not within(path, "catalog"):
            assert not touches(imports(path), "torch"), path
            assert not touches(imports(path), "transformers"), path


def test_formulas_know_no_torch_and_no_probe() -> None:
    for path in (PACKAGE / "catalog" / "formulas").rglob("*.py"):
        found = imports(path)
        assert not touches(found, "torch"), path
        assert not [shelf for shelf in SHELVES if touches(found, f"benchbench.catalog.{shelf}")], path


def test_nothing_imports_the_command_line() -> None:
    door = PACKAGE / "__main__.py"
    assert not [path for path in MODULES if path != door and touches(imports(path), "benchbench.cli")]


def test_nouns_import_nothing_of_ours() -> None:
    for path in (PACKAGE / "types").rglob("*.py"):
        ours = {name for name in imports(path) if name.startswith("benchbench.")}
        assert all(name.startswith("benchbench.types") for name in ours), path


@pytest.mark.parametrize("shelf", SHELVES)
def test_an_entry_imports_no_other_entry(shelf: str) -> None:
    folder = PACKAGE / "catalog" / shelf
    for path in folder.rglob("*.py"):
        if path == folder / "__init__.py":
            continue
        entry = f"benchbench.catalog.{shelf}.{path.relative_to(folder).with_suffix('').parts[0]}"
        for other in SHELVES:
            foreign = {name for name in imports(path) if touches({name}, f"benchbench.catalog.{other}")}
            assert not {name for name in foreign if not touches({name}, entry)}, path


def test_no_import_cycles() -> None:
    known = {name_of(path): path for path in MODULES}
    graph = {name: {other for other in imports(path, lazy=False) if other in known} for name, path in known.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail, name])
        if name in done:
            return
        for other in graph[name]:
            if other != name:
                visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def test_no_dynamic_import_outside_the_shelves() -> None:
    user_allows = PACKAGE / "measure" / "external_models.py"
    allowed = (PACKAGE / "catalog" / "shelf.py", PACKAGE / "report" / "formats", user_allows)
    for path in MODULES:
        if not any(path.is_relative_to(place) for place in allowed):
            assert not touches(imports(path), "importlib.import_module"), path
            text = path.read_text(encoding="utf-8")
            assert "import_module(" not in text, path
            assert "__import__(" not in text, path
            assert "resolve_name(" not in text, path


def test_files_are_small() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in [*MODULES, *TESTS.rglob("*.py")]}
    assert not {path: length for path, length in lengths.items() if length > 300}
    assert median(lengths[path] for path in MODULES) <= 90


def test_functions_are_small() -> None:
    bodies = {}
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                first = node.body[1] if len(node.body) > 1 and ast.get_docstring(node) else node.body[0]
                bodies[f"{path}:{node.lineno}"] = (node.end_lineno or 0) - first.lineno + 1
    assert not {place: length for place, length in bodies.items() if length > 40}
    assert median(bodies.values()) <= 7


def test_no_vague_names() -> None:
    assert not [path for path in [*MODULES, *TESTS.rglob("*.py")] if path.stem in VAGUE]


@pytest.mark.parametrize("words", [["--help"], ["list", "suites"], ["run", "--help"]])
def test_the_command_line_starts_light(words: list[str]) -> None:
    program = (
        "import sys\nfrom benchbench.cli import app\n"
        f"try:\n    app({words!r})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "module", ["benchbench.flow", "benchbench.commands", "benchbench.scoring", "benchbench.exporting"]
)
def test_the_main_process_needs_no_torch(module: str) -> None:
    program = f"import sys, {module}\nprint('torch' in sys.modules or 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
