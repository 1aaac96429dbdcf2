"""The suites that ship with benchbench, and how a user's words become a suite file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from benchbench.errors import UnknownName, nearest


def shelf() -> Path:
    """The folder of shipped suites."""
    return Path(str(files("benchbench") / "suites"))


def suites() -> dict[str, str]:
    """Shipped suites: name and title, read from the head of each file without parsing the rest."""
    found = {}
    for path in sorted(shelf().glob("*.yaml")):
        titles = (line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("title:"))
        found[path.stem] = next(titles, "title:").removeprefix("title:").strip().strip("\"'")
    return found


def find_suite(name: str) -> Path:
    """A path as it stands, or the shipped suite of this name (`detr`, `detr.yaml`, `suites/detr.yaml`).

    Raises UnknownName when there is neither, with the nearest shipped name.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = shelf() / f"{path.name.removesuffix('.yaml').removesuffix('.yml')}.yaml"
    if shipped.is_file() and path.parent in {Path(), Path("suites")}:
        return shipped
    beside = next((file for ending in ("yaml", "yml") if (file := Path(f"{name}.{ending}")).is_file()), None)
    hint = f"did you mean './{beside}'?" if beside else nearest(path.stem, suites())
    raise UnknownName(f"no suite file '{name}'", hint)
