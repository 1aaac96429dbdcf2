"""Names of files made from names of metrics, scales and trainings, which may come from strangers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

LONGEST = 80
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


def stems(names: Iterable[str]) -> tuple[str, ...]:
    """For each name a file name without its ending that is one component of a path, and fit for \\includegraphics.

    Letters, digits, `_`, `+` and `-`, at most 80. What is not such a name, and what only differs in its case from an
    earlier one, gets a digest of itself; equal names are numbered.
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        stem, count = _stem(name), 1
        if stem.casefold() in taken:
            stem = _marked(stem, name)
        while stem.casefold() in taken:
            count += 1
            stem = _marked(stem, f"{name} {count}")
        taken.add(stem.casefold())
        found.append(stem)
    return tuple(found)


def _stem(name: str) -> str:
    if PLAIN.fullmatch(name) and len(name) <= LONGEST:
        return name
    return _marked(re.sub(r"[^A-Za-z0-9_+-]+", "_", name).lstrip("_+-"), name)


def _marked(stem: str, name: str) -> str:
    mark = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem[: LONGEST - 9]}-{mark}".lstrip("-")
