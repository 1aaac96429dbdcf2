"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Tier(StrEnum):
    """What of a suite is measured."""

    EXACT = "exact"


CI_FORMATS = (
    *("junit", "github-summary", "github-annotations", "comment"),
    *("action-benchmark-smaller", "action-benchmark-bigger", "pytest-benchmark"),
)
"""What `report` writes for continuous integration."""

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
OneTier = Annotated[
    Tier | None,
    typer.Option("--tier", help="Only what needs no clock: counts, sizes, shapes, drift; for every pull request."),
]
Processes = Annotated[
    int, typer.Option("--processes", min=1, help="Processes that share each training: one for each GPU, say.")
]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Processes that share the images of each score; the same numbers.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=1, help="Seconds without a word after which a process counts as hung.")
]
ReportForm = Annotated[
    str,
    typer.Option("--format", help=f"html, markdown, csv, json, latex, parquet; for CI {', '.join(CI_FORMATS)}."),
]
Calibrate = Annotated[
    bool, typer.Option("--calibrate", help="Measure this machine's limits first, for the rooflines of reports.")
]
ProbeSettings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the probe; repeatable.")
]
OneSeed = Annotated[int | None, typer.Option("--seed", min=0, help="Of several trainings, the one of this seed.")]
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
