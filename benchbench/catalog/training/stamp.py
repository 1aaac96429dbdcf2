"""What tells one training from another: everything that its weights depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Subject
from benchbench.catalog.training.checkpoint import digest
from benchbench.catalog.training.recipe import VERSION, Lesson, Recipe

if TYPE_CHECKING:
    from torch import nn

_LETTERS = 16


def stamp_of(
    subject: Subject, recipe: Recipe, lesson: Lesson, given: Mapping[str, Any], data: str, teacher: Subject | None
) -> str:
    """A short digest of recipe, seed, input settings, data, and every weight of student and teacher at the start."""
    parts = {
        "version": VERSION,
        "family": [subject.family.name, subject.family.version],
        "recipe": asdict(recipe),
        "lesson": asdict(lesson),
        "seed": subject.seed,
        "input": dict(given),
        "data": data,
        "student": _weights(subject.model),
        "teacher": _weights(teacher.model) if teacher else "",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:_LETTERS]


def _weights(model: nn.Module) -> str:
    return digest(model.state_dict(), "")
