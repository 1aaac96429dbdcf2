"""Limits of control groups, in trees of files like the kernel's."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbench.catalog.control_groups import cpu_quota, groups, memory_left

NEW = "0::/user.slice/job\n"
OLD = "9:name=systemd:/\n4:memory:/user/job\n1:cpu,cpuacct:/user/job\n0::/\n"


def tree(root: Path, files: dict[str, str], membership: str) -> tuple[Path, Path]:
    """The root of the groups, and the file that says to which this process belongs."""
    for name, text in files.items():
        path = root / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "groups").mkdir(exist_ok=True)
    (root / "membership").write_text(membership)
    return root / "groups", root / "membership"


@pytest.mark.parametrize(
    ("files", "membership", "quota"),
    [
        ({"user.slice/job/cpu.max": "150000 100000\n"}, NEW, 1.5),
        ({"user.slice/job/cpu.max": "max 100000\n", "user.slice/cpu.max": "50000 100000\n"}, NEW, 0.5),
        ({"user.slice/job/cpu.max": "max 100000\n", "user.slice/cpu.max": "max 100000\n"}, NEW, None),
        ({"cpu.max": "300000 100000\n"}, NEW, 3.0),
        ({"cpu.max": "300000 100000\n"}, "0::/\n", 3.0),
        ({"cpu.max": "300000 100000\n"}, "0::/../of/the/host\n", 3.0),
        ({"unified/job/cpu.max": "25000 100000\n"}, "0::/job\n", 0.25),
        (
            {"cpu,cpuacct/user/job/cpu.cfs_quota_us": "120000", "cpu,cpuacct/user/job/cpu.cfs_period_us": "100000"},
            OLD,
            1.2,
        ),
        ({"cpu/user/cpu.cfs_quota_us": "200000\n", "cpu/user/cpu.cfs_period_us": "100000\n"}, OLD, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, OLD, None),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, "", 2.0),
        ({"cpu.max": "strange\n"}, NEW, None),
        ({}, NEW, None),
        ({}, "", None),
    ],
)
def test_the_lowest_quota_of_the_own_group_and_those_above_it(
    tmp_path: Path, files: dict[str, str], membership: str, quota: float | None
) -> None:
    assert cpu_quota(*tree(tmp_path, files, membership)) == quota


def test_memory_is_what_the_tightest_group_leaves(tmp_path: Path) -> None:
    files = {
        "user.slice/job/memory.max": "max\n",
        "user.slice/job/memory.current": "400\n",
        "user.slice/memory.max": "1000\n",
        "user.slice/memory.current": "700\n",
        "user.slice/memory.stat": "anon 500\nfile 200\ninactive_file 150\n",
        "memory.max": "9000\n",
        "memory.current": "800\n",
    }
    assert memory_left(*tree(tmp_path, files, NEW)) == 1000 - (700 - 150)
    assert memory_left(*tree(tmp_path, {"user.slice/memory.max": "650\n"}, NEW)) == 100
    assert memory_left(*tree(tmp_path, {"user.slice/memory.max": "500\n"}, NEW)) == 0


def test_memory_of_version_1(tmp_path: Path) -> None:
    own = "memory/user/job/memory"
    files = {f"{own}.limit_in_bytes": "9223372036854771712\n", f"{own}.usage_in_bytes": "400\n"}
    assert memory_left(*tree(tmp_path, files, OLD)) is None
    files = {f"{own}.limit_in_bytes": "1000\n", f"{own}.stat": "inactive_file 5\ntotal_inactive_file 100\n"}
    assert memory_left(*tree(tmp_path, files, OLD)) == 700


def test_without_control_groups_nothing_is_limited(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "none", tmp_path / "neither") is None
    assert memory_left(tmp_path / "none", tmp_path / "neither") is None


def test_groups_go_from_the_own_one_up(tmp_path: Path) -> None:
    root, membership = tree(tmp_path, {"user.slice/job/cpu.max": ""}, NEW)
    assert list(groups("", root, membership)) == [root / "user.slice/job", root / "user.slice", root]
