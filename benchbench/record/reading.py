"""From a file to a record, doubting everything: a broken file is told of and costs no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import benchbench.types as nouns
from benchbench.types import Complaint, Place, Record

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

SCHEMA = 1
MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From each older schema to the next. Applied in memory: files are never rewritten."""

LARGEST = 64 * 2**20
SHOWN = 5
HINT = "the file is left as it is: move it away, and the trial is measured again"


def read(path: Path) -> Record | Complaint:
    """The record in a file, or what is wrong with the file and where."""
    try:
        if path.stat().st_size > LARGEST:
            return _complaint(path, f"larger than {LARGEST // 2**20} MiB, no record of ours")
        return parse(path.read_bytes(), path)
    except OSError as error:
        return _complaint(path, f"cannot be read: {error.strerror}")


def parse(content: bytes, path: Path) -> Record | Complaint:
    """As `read`, from the bytes of a file."""
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        end = error.pos >= len(error.doc.rstrip())
        what = "the file ends too early (cut in half?)" if end else f"no JSON: {error.msg}"
        return _complaint(path, what, error.lineno, error.colno)
    except UnicodeDecodeError as error:
        return _complaint(path, f"no UTF-8 text at byte {error.start}", content[: error.start].count(b"\n") + 1)
    except (ValueError, RecursionError) as error:
        return _complaint(path, f"no record: {error}")
    return _validated(found, path)


def _validated(found: object, path: Path) -> Record | Complaint:
    from pydantic import ValidationError

    schema = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(schema, int) or isinstance(schema, bool):
        return _complaint(path, "no record: it names no schema")
    if schema > SCHEMA:
        hint = "read it with a newer benchbench"
        return Complaint(Place(str(path), 1, 1), f"record schema {schema} is newer than the {SCHEMA} known here", hint)
    try:
        return _adapter().validate_python(migrated(found, schema))
    except ValidationError as error:
        return _complaint(path, _summary(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return _complaint(path, f"cannot be brought from schema {schema} to {SCHEMA}: {error!r}")


def migrated(
    found: dict[str, Any],
    schema: int,
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = MIGRATIONS,
    target: int = SCHEMA,
) -> dict[str, Any]:
    """A record's content brought to the target schema, one version at a time. KeyError where there is no way."""
    for version in range(schema, target):
        found = migrations[version](found) | {"schema": version + 1}
    return found


@cache
def _adapter() -> TypeAdapter[Record]:
    """Strict about keys and numbers. Pydantic ignores unknown keys of plain dataclasses unless each is told. What was
    read from JSON is `Json` already: to have it checked value by value would take longer than all the rest.
    """
    from pydantic import ConfigDict, TypeAdapter

    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    for noun in vars(nouns).values():
        if isinstance(noun, type) and is_dataclass(noun) and "__pydantic_config__" not in vars(noun):
            type.__setattr__(noun, "__pydantic_config__", config)
    adapter = TypeAdapter(Record)
    adapter.rebuild(_types_namespace={"Json": Any})
    return adapter


def _summary(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(map(str, item['loc'])) or 'record'}: {item['msg']}" for item in found[:SHOWN]]
    return "; ".join(told) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def _complaint(path: Path, what: str, line: int = 1, column: int = 1) -> Complaint:
    return Complaint(Place(str(path), line, column), what, HINT)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number a record may hold")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
