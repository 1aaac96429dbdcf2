"""A suite of many variants and a store that holds its records: numbers made up, everything else as `run` leaves it."""

import random
from math import ceil
from pathlib import Path

from benchbench.catalog.probes import PROBES
from benchbench.flow import Request, plan
from benchbench.measure import environment
from benchbench.record import Store
from benchbench.types import Json, Measured, Measurement, Record, Trial

PROBES_USED = ("size", "structure", "flops", "latency")
ROUNDS = 12
BLOCK = 900
"""Combinations of one matrix: a suite may have a thousand."""
HEAD = """\
suite: many
title: many variants of a small DETR
family: detr
reference: base
scales:
  stand-in: {title: small DETR, checkpoint: stand-in, dataset: {shapes: {seed: 1, count: 8}}, timing: [96, 96]}
probes: [size, structure, flops, latency]
variants:
  base: {title: the unchanged model}
"""
CUTS = """\
  cuts-{number}:
    matrix: {{keep: {shares}}}
    name: "ffn-{{keep}}"
    title: "feed-forward cut to {{keep}}"
    steps: [prune-channels: {{where: feed-forward, keep: "{{keep}}"}}]
"""


def suite(folder: Path, trials: int) -> Path:
    """A suite file of about so many trials: variants that differ in their feed-forward's width, four probes each."""
    shares = [1 - number / 10**5 for number in range(ceil(trials / len(PROBES_USED)) - 1)]
    blocks = [CUTS.format(number=start, shares=shares[start : start + BLOCK]) for start in range(0, len(shares), BLOCK)]
    path = folder / "many.yaml"
    path.write_text(HEAD + "".join(blocks), encoding="utf-8")
    return path


def fill(request: Request) -> int:
    """Append a record for every trial of the suite, under the key that a run here would give it; answers how many."""
    laid = plan(request)
    store, here = Store(request.records), environment(threads=1)
    trials = [trial for cohort in laid.cohorts for trial in cohort.trials]
    records = [_record(trial, laid.keys[trial.identity], dict(here)) for trial in trials]
    for record in records:
        store.append(record)
    return len(records)


def _record(trial: Trial, key: str, here: dict[str, Json]) -> Record:
    rng = random.Random(key)
    told = [_measurement(metric.name, trial, rng) for metric in PROBES[trial.probe.name].metrics]
    facts: dict[str, Json] = {"weights": "trained", "weights_fingerprint": "0" * 64, "recovery": "none", "surgery": []}
    versions = {"benchbench": "0", "torch": "2", "numpy": "2", "transformers": "5"}
    made = {**here, "threads": trial.probe.condition.threads}
    return Record(key, trial, Measured(tuple(told)), made, versions, facts, "20260101T000000-000000", "2026-01-01")


def _measurement(metric: str, trial: Trial, rng: random.Random) -> Measurement:
    if PROBES[trial.probe.name].kind != "timed":
        return Measurement(metric, (float(rng.randrange(10**6)),))
    samples = [tuple(rng.uniform(9, 11) for _ in range(ROUNDS)) for _ in range(4)]
    columns = dict(zip(("cpu_s", "reference", "twin"), samples[1:], strict=True))
    flat = {"round": tuple(map(float, range(ROUNDS))), "minor_faults": (0.0,) * ROUNDS, "steal": (0.0,) * ROUNDS}
    return Measurement(metric, samples[0], columns | flat)


def request(folder: Path, trials: int) -> Request:
    """The suite and its filled store in a folder."""
    asked = Request(str(suite(folder, trials)), records=folder / "records")
    fill(asked)
    return asked
