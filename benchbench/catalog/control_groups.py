"""The limits that Linux control groups set to this process, of version 2 and 1. Loads nothing heavy.

A limit may be set on the process's own group or on any above it: the lowest of all holds. Inside of a container the
group's path may be one that only the host sees; then the root that is mounted here is the nearest that can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
UNLIMITED = 1 << 62
"""Version 1 writes no limit as the largest number of whole pages."""


def cpu_quota(root: Path = ROOT, membership: Path = MEMBERSHIP) -> float | None:
    """The limit in cores, a fraction where it is one; None where there is none."""
    new = (_quota(*_words(group / "cpu.max")) for group in groups("", root, membership))
    old = (
        _quota(*_words(group / "cpu.cfs_quota_us"), *_words(group / "cpu.cfs_period_us"))
        for group in groups("cpu", root, membership)
    )
    return min((quota for quota in (*new, *old) if quota is not None), default=None)


def memory_left(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int | None:
    """Bytes that may still be allocated within every limit, never below 0; None where there is none.

    Cached files count as used by the kernel, but it drops them first: those not in active use are not counted.
    """
    new = (_left(group, "memory.max", "memory.current", "inactive_file") for group in groups("", root, membership))
    old = (
        _left(group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        for group in groups("memory", root, membership)
    )
    return min((left for left in (*new, *old) if left is not None), default=None)


def groups(controller: str, root: Path = ROOT, membership: Path = MEMBERSHIP) -> Iterator[Path]:
    """The folders of this process's group and of those above it: of a controller of version 1, or "" for version 2."""
    for line in _text(membership).splitlines():
        _number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller in names.split(","):
            for mount in _mounts(names, controller, root):
                yield from _upwards(mount, path)
            return
    yield from _mounts(controller, controller, root)


def _mounts(names: str, controller: str, root: Path) -> Iterator[Path]:
    """Where a hierarchy may be mounted: version 2 at the root, or beside version 1 in a folder of its own."""
    choices = dict.fromkeys((names, controller) if controller else ("", "unified"))
    yield from (root / name for name in choices if (root / name).is_dir())


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    names = [name for name in path.split("/") if name not in ("", "..")]
    for count in range(len(names), -1, -1):
        yield mount.joinpath(*names[:count])


def _quota(limit: str = "", period: str = "", *_more: str) -> float | None:
    """In cores, from microseconds in each period."""
    known = limit.isdigit() and period.isdigit() and int(period) > 0
    return int(limit) / int(period) if known else None


def _left(group: Path, limit: str, used: str, droppable: str) -> int | None:
    most, now = (_words(group / name)[:1] for name in (limit, used))
    if not (most and now and most[0].isdigit() and now[0].isdigit()) or int(most[0]) >= UNLIMITED:
        return None
    return max(0, int(most[0]) - max(0, int(now[0]) - _statistic(group / "memory.stat", droppable)))


def _statistic(path: Path, name: str) -> int:
    found = (line.split() for line in _text(path).splitlines())
    return next((int(words[1]) for words in found if len(words) == 2 and words[0] == name), 0)


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
