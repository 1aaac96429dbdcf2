"""JSON: the same tables, the verdicts and the numbers behind them, for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from benchbench.errors import describe
from benchbench.report.account import Account
from benchbench.report.frame import rows
from benchbench.report.page import Page
from benchbench.report.rulings import counts
from benchbench.report.signature import signature
from benchbench.types import Finding, Verdict
from benchbench.types.compared import Beside

SCHEMA = 1


def write(page: Page) -> str:
    """One object; `schema` grows when a key changes its meaning or goes. No number in it is NaN or infinite."""
    account = page.account
    content = {
        "schema": SCHEMA,
        "suite": account.suite.name,
        "title": page.title,
        "summary": page.summary,
        "counts": {ruling.value: number for ruling, number in counts(account.verdicts).items()},
        "version": account.version,
        "run": account.run,
        "at": account.at,
        "signature": signature(account),
        "environment": dict(account.environment),
        "verdicts": [_verdict(verdict) for verdict in account.verdicts],
        "complaints": [
            {"severity": complaint.severity, "text": describe(complaint)} for complaint in account.complaints
        ],
        "measurements": list(rows(account)),
        "splits": list(_splits(account)),
        "records": sorted({entry.record.key for entry in account.entries if entry.record}),
        "tables": [asdict(table) for table in page.tables],
        **({"beside": list(map(_beside, account.beside))} if account.beside else {}),
    }
    return json.dumps(_plain(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _beside(side: Beside) -> dict[str, Any]:
    """Another run; a cell of a table from record KEY of the second of these has "KEY@2" for its record."""
    return {
        "name": side.name,
        "folder": side.folder,
        "records": sorted({entry.record.key for entry in side.entries.values() if entry.record}),
        "changes": [asdict(each) | {"metric": each.metric.name} for each in side.comparison.changes],
        "notes": side.comparison.notes,
    }


def _splits(account: Account) -> Iterator[dict[str, Any]]:
    """Each trial's score taken apart, in the order of the entries."""
    trials = {entry.trial.identity: entry.trial for entry in (*account.entries, *account.repeats)}
    for identity, trial in trials.items():
        place = {"scale": trial.scale.name, "probe": trial.probe.name, "variant": trial.variant.name}
        condition = asdict(trial.probe.condition)
        for split in account.splits.get(identity, ()):
            yield {**place, "condition": condition, "seed": trial.seed, **asdict(split)}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    claim = verdict.claim
    return {
        "claim": claim.id,
        "kind": claim.kind,
        "title": claim.title,
        "scale": claim.scale,
        "source": asdict(claim.source),
        "conditions": dict(claim.conditions),
        "ruling": verdict.ruling.value,
        "reason": verdict.reason,
        "findings": [_finding(finding) for finding in verdict.findings],
        "trend": [_finding(finding) for finding in verdict.trend],
        "quotations": [asdict(quotation) for quotation in claim.quotations],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    reading = finding.reading
    return {
        "reading": reading.name,
        "title": reading.title,
        "metric": reading.metric,
        "form": reading.form,
        "variant": reading.variant,
        "versus": reading.versus,
        "range": reading.range,
        "comparisons": list(reading.comparisons),
        "ruling": finding.ruling.value,
        "reason": finding.reason,
        "remedy": finding.remedy,
        "estimate": finding.estimate,
    }


def _plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, and null for a number that JSON cannot hold."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
