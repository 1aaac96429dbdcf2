"""Names of tensors from one layout to another, rule by rule."""

from __future__ import annotations

import re

Rules = tuple[tuple[str, str], ...]
"""Patterns with their replacements, in the order in which they are applied."""


def renamed(name: str, rules: Rules) -> str:
    """A name after all rules."""
    for pattern, replacement in rules:
        name = re.sub(pattern, replacement, name)
    return name
