"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

SuiteName = Annotated[str, typer.Argument(metavar="SUITE", help="A suite file, or the name of a shipped suite.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="A.B=C", help="Replace a value of the suite; repeatable.")
]
Select = Annotated[
    str, typer.Option("-k", metavar="EXPR", help="Only matching variants, probes, scales: 'heads and not coco-ap'.")
]
Everything = Annotated[bool, typer.Option("--all", help="Measure also what the default budget leaves out.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ignore what is recorded and measure again.")]
Recover = Annotated[
    bool, typer.Option("--recover", help="Train first what is to be scored and has not been trained yet.")
]
AllowCode = Annotated[
    list[str] | None,
    typer.Option("--allow-code", metavar="NAME", help="Let this `external:` model run its code; repeatable."),
]
Records = Annotated[Path, typer.Option("--records", file_okay=False, help="The folder of records.")]
Reports = Annotated[Path, typer.Option("--reports", file_okay=False, help="The folder of reports.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]
Device = Annotated[
    str, typer.Option("--device", help="Where to measure what names no device itself: cpu, cuda, cuda:1.")
]
Dtype = Annotated[str, typer.Option("--dtype", help="As what: float32, float16, bfloat16.")]


def changes(overrides: Sequence[str] | None, device: str, dtype: str) -> tuple[str, ...]:
    """Every change of the suite that was asked for, as `--set` takes them."""
    usual = {"device": device, "dtype": dtype}
    return (*(overrides or ()), *(f"condition.{name}={value}" for name, value in usual.items() if value))
