"""What every noun is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Settings = Mapping[str, Json]


@dataclass(frozen=True)
class Place:
    """Where something stands in a file: 1-based line and column. Line 0: not in a file, `file` says it all."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


NOWHERE = Place("<built in>", 1, 1)
