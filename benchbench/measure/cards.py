"""Cards of recovered weights: what was trained from what, and which file holds it. They may come from strangers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.catalog.contracts import Course
from benchbench.errors import BrokenRecord

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = 1
LARGEST = 8 * 2**20
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Card:
    """One training: its `key` and the `parts` of that, its `recipe` (settings), and what came of it.

    `parent` is the fingerprint of the weights it began with, `data` those of the data, `surgery` the entries of all
    steps up to and with this one, `weights` the sha256 of the file of tensors. `made` tells machine and time.
    """

    key: str
    step: str
    recipe: dict[str, Any]
    parts: dict[str, Any]
    parent: str
    data: dict[str, str]
    surgery: list[dict[str, Any]]
    course: Course
    weights: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA


def write(card: Card) -> str:
    """A card as JSON. Raises ValueError for a number that is none."""
    return json.dumps(asdict(card), allow_nan=False, indent=1, sort_keys=True) + "\n"


def read(path: Path) -> Card:
    """The card in a file. Raises BrokenRecord for one that is damaged, of another schema or not what its name says."""
    from pydantic import ValidationError

    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST // 2**20} MiB")
        content = path.read_bytes()
        json.loads(content, parse_constant=_refuse, parse_float=_finite)
        card = _cards().validate_json(content, strict=True)
        _examine(card, path.stem)
    except ValidationError as error:
        told = error.errors(include_url=False)[0]
        raise _broken(path, f"{'.'.join(map(str, told['loc']))}: {told['msg']}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(path, str(error)) from error
    return card


def _examine(card: Card, name: str) -> None:
    if card.schema != SCHEMA:
        raise ValueError(f"schema {card.schema}, not {SCHEMA}")
    if card.key != name or not SHA256.fullmatch(card.key):
        raise ValueError("it is the card of another key")
    if not SHA256.fullmatch(card.weights):
        raise ValueError("it names no file of weights")
    for entry in card.surgery:
        _examine_entry(entry)


def _examine_entry(entry: Mapping[str, Any]) -> None:
    if not isinstance(entry.get("step"), str):
        raise ValueError("an entry of the surgery names no step")
    if entry.get("course") is not None:
        _courses().validate_json(json.dumps(entry["course"]), strict=True)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError(f"{text} is too large for a number")
    return number


def _broken(path: Path, why: str) -> BrokenRecord:
    return BrokenRecord(f"{path}: {why}", "the card is not used: remove it, or train again with --recover")


@cache
def _cards() -> TypeAdapter[Card]:
    from pydantic import ConfigDict, TypeAdapter, with_config

    return TypeAdapter(with_config(ConfigDict(extra="forbid"))(Card))


@cache
def _courses() -> TypeAdapter[Course]:
    from pydantic import TypeAdapter

    return TypeAdapter(Course)
