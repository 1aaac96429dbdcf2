"""A hook of mkdocs: the catalog's pages, from the docstrings and signatures of its entries, without PyTorch.

A page that lies in the folder and not in the navigation is put under "Every night"; links to files of the repository
that are no pages become their names.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from benchbench.catalog.datasets import DATASETS
from benchbench.catalog.families import FAMILIES
from benchbench.catalog.probes import PROBES
from benchbench.catalog.runtimes import RUNTIMES
from benchbench.catalog.steps import STEPS
from benchbench.vocabulary import vocabulary

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

SECTION = "Every night"
LEDES = {
    "families": "Models that a suite may be of. `architecture` takes a model's settings, `input` those of an image.",
    "steps": "What makes a variant of a model, written so: `- drop-layers: {stack: encoder, count: 4}`.",
    "probes": "What is measured of every variant. Settings stand under `settings`, beside `condition` and `variants`.",
    "datasets": "What accuracy is scored on, cuts choose by and trainings learn from.",
    "runtimes": "What computes a forward pass: `condition: {runtime: onnxruntime}`.",
}
Settings = Mapping[str, Parameter]
Asked = Iterator[tuple[str, Callable[..., Any] | None, Settings]]
"""What the settings of an entry are for, the function that takes them and tells about them, the settings."""


def pages() -> dict[str, str]:
    """Markdown by path below the folder of documents."""
    known = vocabulary()
    shelves: dict[str, dict[str, list[str]]] = {
        "families": {name: list(_family(name, known.families[name], known.inputs[name])) for name in FAMILIES},
        "steps": {name: list(_step(name, known.steps[name])) for name in STEPS},
        "probes": {name: list(_probe(name, known.probes[name])) for name in PROBES},
        "datasets": {name: [_words(DATASETS[name].locate), _table(known.datasets[name])] for name in DATASETS},
        "runtimes": {name: list(_runtime(name)) for name in RUNTIMES},
    }
    return {f"catalog/{kind}.md": _page(kind, entries) for kind, entries in shelves.items()}


def _page(kind: str, entries: Mapping[str, list[str]]) -> str:
    parts = [f"# {kind.capitalize()}", LEDES[kind]]
    for name, told in entries.items():
        module = importlib.import_module(f"benchbench.catalog.{kind}.{name.replace('-', '_')}")
        parts += [f"## {name}", _prose(module.__doc__ or ""), *told]
    return "\n\n".join(part for part in parts if part) + "\n"


def _family(name: str, built: Settings, prepared: Settings) -> Iterator[str]:
    family = FAMILIES[name]
    yield f"*{family.title}*, {family.task}."
    yield f"**`architecture`.** {_words(family.build)}"
    yield _table({each: setting for each, setting in built.items() if each != "seed"})
    yield f"**`input`.** {_words(family.prepare)}"
    yield _table(prepared)


def _step(name: str, settings: Settings) -> Iterator[str]:
    yield _words(STEPS[name].declared)
    yield _table(settings)


def _probe(name: str, settings: Settings) -> Iterator[str]:
    probe = PROBES[name]
    rows = [
        f"| `{each.name}` | {each.title} | {each.unit or '–'} | {each.better}{', exact' if each.exact else ''} |"
        for each in probe.metrics
    ]
    yield f"Kind: *{probe.kind}*."
    yield "\n".join(["| metric | what it is | unit | better |", "|---|---|---|---|", *rows]) if rows else ""
    yield _table(settings)


def _runtime(name: str) -> Iterator[str]:
    runtime = RUNTIMES[name]
    yield f"Outputs may differ from eager's by {runtime.tolerance:g} of the largest. {_words(runtime.start)}"


def _words(function: Callable[..., Any]) -> str:
    return _prose(function.__doc__ or "")


def _prose(text: str) -> str:
    """A docstring as Markdown: its code stays, everything else is text."""
    parts = re.split(r"(`[^`]*`)", cleandoc(text))
    return "".join(part if part.startswith("`") else re.sub(r"([<*|])", r"\\\1", part) for part in parts)


def _table(settings: Settings) -> str:
    if not settings:
        return ""
    rows = [
        f"| `{name.replace('_', '-')}` | {_kind(each.annotation)} | {_default(each)} |"
        for name, each in settings.items()
    ]
    return "\n".join(["| setting | takes | default |", "|---|---|---|", *rows])


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if get_args(annotation) and get_origin(annotation) not in (list, tuple, dict):
        return " or ".join(_kind(each) for each in get_args(annotation) if each is not type(None))
    told = getattr(annotation, "__name__", str(annotation)) if not get_args(annotation) else str(annotation)
    return told.replace("|", "\\|")


def _default(setting: Parameter) -> str:
    if setting.default is setting.empty:
        return "**required**"
    return "–" if setting.default is None else f"`{setting.default}`"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Pages that lie in the folder join the navigation."""
    [section] = [entry[SECTION] for entry in config.nav or [] if SECTION in entry]
    named = {name for entry in config.nav or [] for names in entry.values() for name in names}
    folder = Path(config.docs_dir)
    section += sorted({page.relative_to(folder).as_posix() for page in folder.rglob("*.md")} - named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The catalog's pages join those of the folder."""
    from mkdocs.structure.files import File

    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A link that leads out of the folder, or to a file that is no page, becomes the name of its file."""
    folder = Path(config.docs_dir)
    here = (folder / page.file.src_uri).parent

    def told(link: re.Match[str]) -> str:
        words, target = link[1], link[2].partition("#")[0]
        if not target or "://" in target:
            return link[0]
        path = (here / target).resolve()
        inside = path.relative_to(folder.resolve()).as_posix() if path.is_relative_to(folder.resolve()) else ""
        if inside and files.get_file_from_path(inside) is not None and path.suffix == ".md":
            return link[0]
        return f"{words} (`{path.relative_to(folder.resolve().parent).as_posix()}`)"

    return re.sub(r"\[([^\]\[]*)\]\(([^)\s]+)\)", told, markdown)
