"""The layout of a folder that `benchbench export` writes, and its card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from benchbench.errors import BadCheckpoint

Format = Literal["onnx", "safetensors", "torch-export"]
FORMATS: tuple[Format, ...] = get_args(Format)
CARD, README, SCHEMA = "card.json", "README.md", 1
SURGERY, BASE = "surgery.json", "base.json"
FILES: Mapping[str, tuple[str, ...]] = {
    "onnx": ("model.onnx",),
    "safetensors": ("model.safetensors", SURGERY, BASE),
    "torch-export": ("model.pt2",),
}
"""By format, the files that a model is loaded from, its weights first. An ONNX file may have more beside it."""
LARGEST_CARD = 4 * 2**20
NEEDED: Mapping[str, type] = {"family": str, "weights": dict, "architecture": dict, "surgery": list}


def read_card(folder: Path) -> dict[str, Any]:
    """The card of an exported folder. Raises BadCheckpoint for one that is missing, damaged or of another schema."""
    path = folder / CARD
    try:
        if path.stat().st_size > LARGEST_CARD:
            raise ValueError(f"larger than {LARGEST_CARD // 2**20} MiB")
        card = json.loads(path.read_bytes())
        _examine(card)
    except (OSError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f"{path}: {error}", "export it again") from error
    found: dict[str, Any] = card
    return found


def _examine(card: Any) -> None:
    if not isinstance(card, dict) or card.get("schema") != SCHEMA:
        raise ValueError(f"no card of schema {SCHEMA}")
    if card.get("format") not in FORMATS:
        raise ValueError(f"its format is none of {', '.join(FORMATS)}")
    for name, kind in NEEDED.items():
        if not isinstance(card.get(name), kind):
            raise ValueError(f"'{name}' is missing or no {kind.__name__}")
