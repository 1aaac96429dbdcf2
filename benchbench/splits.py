"""Scores taken apart by kind of error, class or size: made of the rows that scored trials left beside their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any, Literal, get_args

from benchbench.catalog.datasets import DATASETS
from benchbench.kept_rows import KeptRows, is_scored, keywords, scored_probe
from benchbench.types import Entry, Json, Scale, Split

LONGEST = 500
Better = Literal["lower", "higher", "neither"]
Splits = tuple[Split, ...]


def splits(entries: Iterable[Entry], kept: KeptRows) -> dict[str, Splits]:
    """By a trial's identity, of each that was scored here: its score taken apart as its probe does.

    What lacks rows that can be read has none. They are kept beside the records under a digest of the rows, so that they
    are made once.
    """
    found = {}
    for entry in entries:
        apart = _splits(entry, kept) if is_scored(entry) else ()
        if apart:
            found[entry.trial.identity] = apart
    return found


def class_names(scale: Scale) -> Mapping[int, str]:
    """The names of a scale's classes by id, as far as its dataset knows them."""
    use = scale.dataset
    return DATASETS[use.name].classes(**keywords(use.settings)) if use.name in DATASETS else {}


def _splits(entry: Entry, kept: KeptRows) -> Splits:
    record = kept.record(entry)
    if record is None:
        return ()
    try:
        make, names = scored_probe(entry).splits, class_names(entry.trial.scale)
        return kept.derived(entry, [record.key], "splits", make, (_written, _read), names=dict(names))
    except Exception:  # rows may come from strangers, and a probe fails on broken ones in as many ways
        return ()


def _written(splits: Splits) -> Json:
    return [{**asdict(split), "parts": [list(part) for part in split.parts]} for split in splits]


def _read(content: Any) -> Splits | None:
    found = tuple(Split(**{**each, "parts": tuple((name, value) for name, value in each["parts"])}) for each in content)
    return found if all(map(_sound, found)) else None


def _sound(split: Split) -> bool:
    words = (split.name, split.title, split.unit, split.note, split.whole_title, *(name for name, _ in split.parts))
    numbers = (*(value for _, value in split.parts), 0.0 if split.whole is None else split.whole)
    told = all(isinstance(word, str) and len(word) < LONGEST for word in words)
    directed = split.better in get_args(Better)
    return told and directed and all(isinstance(number, int | float) and isfinite(number) for number in numbers)
