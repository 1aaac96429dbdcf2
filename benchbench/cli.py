"""The command line: data to stdout, words to stderr, exit codes as documented. Nothing heavy is imported early."""

from __future__ import annotations

import sys
from dataclasses import replace
from gc import set_threshold as set_collection_threshold
from pathlib import Path
from typing import Annotated

import typer

from benchbench import __version__, cli_bench_pr, cli_compare, cli_figures, cli_history, cli_report
from benchbench.errors import BenchbenchError, refused
from benchbench.options import (
    AllowCode,
    AsJson,
    Calibrate,
    Device,
    Dtype,
    Everything,
    Fresh,
    Jobs,
    OneSeed,
    OneTier,
    Overrides,
    ProbeSettings,
    Processes,
    Records,
    Recover,
    Reports,
    Select,
    SuiteName,
    Timeout,
    changes,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reported numbers of compressed vision transformers beside measured ones, and a verdict on each claim.",
    epilog="Exit codes: 0 done · 1 a bug · 2 usage or invalid suite · 3 something failed · 4 a regression and "
    "6 nothing comparable (with --gate) · 5 a claim refuted (with --strict) · 130 interrupted, resumable.",
)
cli_compare.register(app)
cli_bench_pr.register(app)
cli_history.register(app)
cli_figures.register(app)

RECORDS, REPORTS = Path("records"), Path("reports")


@app.command()
def run(
    suite: SuiteName,
    overrides: Overrides = None,
    select: Select = "",
    device: Device = "",
    dtype: Dtype = "",
    everything: Everything = False,
    fresh: Fresh = False,
    recover: Recover = False,
    tier: OneTier = None,
    processes: Processes = 1,
    jobs: Jobs = 1,
    allow_code: AllowCode = None,
    timeout: Timeout = 900.0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 5 when a claim is refuted.")] = False,
    records: Records = RECORDS,
    reports: Reports = REPORTS,
    as_json: AsJson = False,
) -> None:
    """Build every variant, measure side by side, judge every claim, write the report. Run again to resume.

    Under torchrun the ranks share the images of each score, and rank 0 does everything else.
    """
    from benchbench import commands, flow, tiers

    request = flow.Request(
        suite, changes(overrides, device, dtype), select, everything, fresh, records, recover, processes
    )
    request = replace(request, allow_code=tuple(allow_code or ()), jobs=jobs, timeout_s=timeout)
    try:
        code = (tiers if tier else commands).run(request, reports, strict=strict, as_json=as_json)
    except KeyboardInterrupt:
        typer.echo("interrupted; run the same command again to resume", err=True)
        code = 130
    raise typer.Exit(code)


@app.command()
def plan(
    suite: SuiteName,
    overrides: Overrides = None,
    select: Select = "",
    device: Device = "",
    dtype: Dtype = "",
    everything: Everything = False,
    fresh: Fresh = False,
    recover: Recover = False,
    tier: OneTier = None,
    allow_code: AllowCode = None,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Show the trials: what is recorded, what would be measured, what is skipped and why. Measures nothing."""
    from benchbench import commands, flow, tiers

    request = flow.Request(suite, changes(overrides, device, dtype), select, everything, fresh, records, recover)
    request = replace(request, allow_code=tuple(allow_code or ()))
    (tiers if tier else commands).plan(request, as_json=as_json)


cli_report.register(app)


@app.command()
def export(
    suite: SuiteName,
    variant: Annotated[str, typer.Argument(help="A variant of the suite.")],
    to: Annotated[str, typer.Option("--to", help="onnx, safetensors or torch-export.")],
    overrides: Overrides = None,
    scale: Annotated[str, typer.Option("--scale", help="The scale whose checkpoint and size count.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="The folder; exports/... without this.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images in the input it is made with.")] = 1,
    seed: OneSeed = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export.")] = False,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Write a variant's model as a folder to deploy: the file, checked against the model, its card, its page."""
    from benchbench import exporting, flow

    request = flow.Request(suite, tuple(overrides or ()), records=records)
    exporting.show(exporting.Wish(request, variant, to, scale, out, batch, seed, force), as_json=as_json)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="suites, families, steps, runtimes, probes or datasets.")] = "suites",
    as_json: AsJson = False,
) -> None:
    """List what a suite may name."""
    from benchbench import listing

    listing.show(what, as_json=as_json)


@app.command()
def show(
    record: Annotated[str, typer.Argument(help="A record's file, or the first letters of its key.")],
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Show one record: trial, outcome, samples, trainings, environment."""
    from benchbench import showing

    showing.show(record, records, as_json=as_json)


@app.command()
def lint(
    suite: SuiteName,
    overrides: Overrides = None,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Check a suite and the document's own arithmetic; say which claims exact counts already exclude."""
    from benchbench import commands, flow

    raise typer.Exit(commands.lint(flow.Request(suite, tuple(overrides or ()), records=records), as_json=as_json))


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A dataset or checkpoint, e.g. coco-val2017 or facebook/detr-resnet-50.")],
) -> None:
    """Download a dataset or a checkpoint. The only command that touches the network."""
    from platformdirs import user_cache_path

    from benchbench.fetch import fetch as download

    typer.echo(download(name, user_cache_path("benchbench")))


@app.command()
def doctor(
    calibrate: Calibrate = False,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Show this machine, the libraries, and which checkpoints, datasets and recovered weights are at hand."""
    from benchbench import commands

    commands.doctor(records, measured=calibrate, as_json=as_json)


@app.command()
def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what is in use: it can be trained again.")] = False,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Remove recovered weights and prepared images that nothing needs any more, and what trainings left behind."""
    from benchbench import commands

    commands.gc(records, dry=dry_run, everything=everything, as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON Schema of suite files, for editors."""
    from benchbench import commands

    commands.schema()


@app.command()
def score(
    what: Annotated[str, typer.Argument(help="A record: file, key or variant@scale; with --predictions, a probe.")],
    predictions: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Predictions.")] = None,
    targets: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Ground truth.")] = None,
    probe: Annotated[str, typer.Option(help="Which probe's record of this variant is meant.")] = "",
    against: Annotated[str, typer.Option(metavar="RECORD", help="Tell the differences to this record.")] = "",
    evaluator: Annotated[str, typer.Option(help="Another implementation, where the probe has one.")] = "",
    settings: ProbeSettings = None,
    resamples: Annotated[int, typer.Option(min=0, help="Bootstrap resamples; 0 gives no interval.")] = 200,
    records: Records = RECORDS,
    as_json: AsJson = False,
) -> None:
    """Score a record's kept rows again, without its model; or predictions that were made elsewhere."""
    from benchbench import rescoring, scoring

    given = [*(settings or ()), *([f"evaluator={evaluator}"] if evaluator else [])]
    if predictions and targets:
        scoring.show(what, predictions, targets, given, resamples, as_json=as_json)
    elif predictions or targets:
        raise typer.BadParameter("--predictions and --targets go together")
    else:
        rescoring.show(rescoring.Asked(what, probe, given, resamples, against, records), as_json=as_json)


@app.command()
def init(
    table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A Markdown or CSV file with a table.")],
    name: Annotated[str, typer.Option("--name", help="The suite's name.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Start a suite file from a document's table."""
    from benchbench import commands

    commands.init(table, name or table.stem, output)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"benchbench {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """The console script: every error a user can mend is one clear message, and every ending has its exit code."""
    # Ten thousand records are no rubbish: to look for some costs a fifth of the time it takes to report them.
    set_collection_threshold(400_000)
    try:
        app()
    except BenchbenchError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        told = refused(error)
        if told is None:
            raise
        typer.echo(f"error: {told}", err=True)
        sys.exit(told.exit_code)
