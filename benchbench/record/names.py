"""Names of files made from names that people chose."""

from __future__ import annotations

import unicodedata

UNSAFE = frozenset('/\\:*?"<>|')
LONGEST = 60


def safe(name: str) -> str:
    """A name that is one component of a path on every system: letters of any script stay, what could lead elsewhere
    becomes `_`, and it is at most 60 bytes of UTF-8.
    """
    letters = (_safe_letter(letter) for letter in unicodedata.normalize("NFC", name))
    cut = "".join(letters).encode("utf-8")[:LONGEST].decode("utf-8", "ignore")
    stripped = cut.lstrip(" ").rstrip(" .")
    return "_" + stripped[1:] if stripped.startswith(".") else stripped or "_"


def _safe_letter(letter: str) -> str:
    return "_" if letter in UNSAFE or unicodedata.category(letter).startswith("C") else letter
