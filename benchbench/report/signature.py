"""Where and when it was measured, in a table and in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from benchbench.report.account import Account
from benchbench.types import Cell, Entry, Json, Settings, Table

LEADING = ("cpu", "gpu", "cores_usable", "os", "python", "torch", "transformers")
PER_TRIAL = frozenset({"load_average", "threads", "device", "allocator"})
"""What differs from trial to trial on one machine; a table says it with its condition."""
OF_DEVICE = frozenset(
    {"gpu", "gpu_memory_mib", "gpu_driver", "gpu_capability", "cuda", "cudnn", "cudnn_benchmark", "tf32", "sdpa"}
)
"""What is known of a trial that ran on a GPU alone; it differs only between two of them."""


def signature(account: Account) -> str:
    """One line: program, run, time, the machine and its main versions, and a digest of the whole environment."""
    named = dict(flattened(account.environment))
    machine = [_named(name, named[name]) for name in LEADING if name in named]
    run = [f"run {account.run}"] if account.run else []
    parts = [f"benchbench {account.version}", *run, account.at, *machine]
    return " · ".join([*parts, f"environment {digest(account.environment)}"])


def digest(environment: Settings) -> str:
    """Twelve hexadecimal digits that differ when any lasting setting differs."""
    lasting = {name: value for name, value in environment.items() if name not in PER_TRIAL}
    text = json.dumps(lasting, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def lasting(environment: Settings) -> str:
    """Equal only where neither `digest` nor `differing` can tell environments apart."""
    return repr([item for item in environment.items() if item[0] not in PER_TRIAL or isinstance(item[1], dict)])


def environment(account: Account) -> Table:
    """Every setting of the environment, and what records of other environments differ in."""
    rows = tuple((Cell(name, tone="name"), Cell(text(value))) for name, value in flattened(account.environment))
    return Table("environment", "Environment", ("Setting", "Value"), rows, notes=tuple(_strangers(account)))


def flattened(settings: Settings, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Nested settings as (dotted name, value)."""
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def differing(account: Account, entry: Entry) -> list[str]:
    """The lasting settings in which an entry's record was made elsewhere, sorted."""
    here = dict(flattened(account.environment))
    there = dict(flattened(entry.record.environment)) if entry.record else here
    return sorted(name for name in {*here, *there} - PER_TRIAL if _differ(name, here.get(name), there.get(name)))


def _named(name: str, value: Json) -> str:
    return text(value) if name in ("cpu", "os") else f"{name.replace('_', ' ')} {text(value)}"


def _differ(name: str, here: Json, there: Json) -> bool:
    return here != there and (name not in OF_DEVICE or None not in (here, there))


def _strangers(account: Account) -> Iterator[str]:
    """Records kept from another environment are named: what cannot be compared is not mixed silently."""
    kinds: dict[str, list[Entry]] = {}
    for entry in account.entries:
        if entry.record is not None:
            kinds.setdefault(lasting(entry.record.environment), []).append(entry)
    groups: dict[str, int] = {}
    for alike in kinds.values():
        names = ", ".join(differing(account, alike[0]))
        groups[names] = groups.get(names, 0) + len(alike)
    for settings, count in groups.items():
        if settings:
            yield f"{count} record{'s' * (count > 1)} kept from an environment that differs in: {settings}."
