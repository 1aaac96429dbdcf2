"""What a side may be: a folder, a baseline, a git revision; and which trials of two sides are the same."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchbench.errors import UnknownName
from benchbench.sides import Side, matched, named, opened, place_of, side
from benchbench.types import Failed, Measured, Measurement, Trial, Use, Variant
from tests.kept_records import TRAINED, kept, size, trial


@contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits on a branch of records: params 1, then 2."""
    git(tmp_path, "init", "-q", "-b", "nights")
    for number in (1, 2):
        size(tmp_path / "kept", number, at=f"2026-11-2{number}")
        git(tmp_path, "add", "kept")
        git(tmp_path, "commit", "-qm", f"night {number}")
    return tmp_path


def params(found: Side) -> float:
    (entry,) = found.entries.values()
    assert isinstance(entry.outcome, Measured)
    return entry.outcome.measurements[0].samples[0]


@pytest.mark.parametrize(("name", "value"), [("nights~1:kept", 1.0), ("nights:kept", 2.0), ("HEAD:kept", 2.0)])
def test_a_revision_is_read_beside_the_work_tree(repository: Path, name: str, value: float) -> None:
    with standing_in(repository), opened(name, repository / "records") as found:
        assert params(found) == value
        scratch = found.store.folder
        assert found.name == f"revision {name}"
    assert not scratch.exists()


def test_a_branch_with_records_at_its_top(repository: Path) -> None:
    git(repository, "mv", "kept/stand-in", "stand-in")
    git(repository, "commit", "-qm", "at the top")
    with standing_in(repository), opened("nights", repository / "records") as found:
        assert params(found) == 2.0


HOSTILE = [
    "--output=x", "-x", "", "nights:../..", "nights:kept/stand-in/size/none.json", "nights; touch evil",
    "$(touch evil)", "no-such", ":kept/none", "nights:kept\n", "^nights", "nights..HEAD", "@{-1}x", "a\0b", "nights --",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_tree_is_an_unknown_name(repository: Path, name: str) -> None:
    before = sorted(repository.iterdir())
    with (
        standing_in(repository),
        pytest.raises(UnknownName, match="no folder, no baseline and no git revision"),
        opened(name, repository / "records"),
    ):
        pass
    assert sorted(repository.iterdir()) == before


def test_links_and_foreign_files_of_a_revision_stay_there(repository: Path) -> None:
    (repository / "kept" / "stand-in" / "size" / "link.json").symlink_to("/etc/hostname")
    (repository / "kept" / "run.sh").write_text("true")
    git(repository, "add", "kept")
    git(repository, "commit", "-qm", "more")
    with standing_in(repository), opened("HEAD:kept", repository / "records") as found:
        names = [path.name for path in found.store.folder.rglob("*") if not path.is_dir()]
    assert names
    assert all(name.endswith(".json") and name != "link.json" for name in names)


def test_outside_of_a_repository_no_revision_is_known(tmp_path: Path) -> None:
    (tmp_path / "records" / "baselines" / "nightly").mkdir(parents=True)
    asked = opened("HEAD", tmp_path / "records")
    with standing_in(tmp_path), pytest.raises(UnknownName, match="known: nightly"):
        asked.__enter__()


def test_a_folder_goes_before_a_baseline(tmp_path: Path) -> None:
    size(tmp_path / "x", 1)
    size(tmp_path / "records" / "baselines" / "x", 2)
    with standing_in(tmp_path), opened("x", tmp_path / "records") as found:
        assert params(found) == 1.0
    with opened("x", tmp_path / "records") as found:
        assert (params(found), found.name) == (2.0, "baseline x")


def test_trainings_of_several_seeds_are_one_entry(tmp_path: Path) -> None:
    for seed in (0, 1, 2):
        outcome = Measured((Measurement("top1", (seed / 10,)),))
        kept(tmp_path, trial("top1", "tuned", seed, TRAINED), outcome)
    (entry,) = side("a", tmp_path).entries.values()
    assert isinstance(entry.outcome, Measured)
    assert entry.outcome.measurements[0].samples == (0.0, 0.1, 0.2)


def test_records_of_probes_and_steps_that_are_no_more_are_left_alone(tmp_path: Path) -> None:
    kept(tmp_path, trial("forgotten"), Failed("x"))
    kept(tmp_path, trial("top1", steps=(Use("forgotten"),)), Failed("x"))
    assert side("a", tmp_path).entries == {}


def of(tmp_path: Path, name: str, *trials: Trial) -> Side:
    for each in trials:
        kept(tmp_path / name, each, Failed("x"), at=f"{each.variant.steps}"[:40])
    return side(name, tmp_path / name)


def cut(count: int) -> Trial:
    return trial("size", "heads", steps=(Use("prune-heads", {"count": count}),))


def pairs(one: Side, other: Side) -> list[tuple[object, object]]:
    found = matched(one, other)
    return [tuple(each and each.trial.variant.steps for each in pair) for pair in found]  # type: ignore[misc]


def test_a_changed_recipe_is_matched_where_there_is_no_doubt(tmp_path: Path) -> None:
    one, other = of(tmp_path, "a", cut(4)), of(tmp_path, "b", cut(5))
    assert pairs(one, other) == [(cut(4).variant.steps, cut(5).variant.steps)]


def test_of_several_recipes_none_is_guessed(tmp_path: Path) -> None:
    one, other = of(tmp_path, "a", cut(4)), of(tmp_path, "b", cut(5), cut(6))
    assert len(other.entries) == 2
    assert (cut(4).variant.steps, None) in pairs(one, other)
    assert len(pairs(one, other)) == 3


def test_the_same_recipe_goes_first(tmp_path: Path) -> None:
    one, other = of(tmp_path, "a", cut(4), cut(5)), of(tmp_path, "b", cut(5), cut(6))
    assert pairs(one, other)[0] == (cut(5).variant.steps, cut(5).variant.steps)
    assert (cut(4).variant.steps, cut(6).variant.steps) in pairs(one, other)


def test_threads_and_titles_make_no_other_trial() -> None:
    one = trial("latency")
    condition = replace(one.probe.condition, threads=9)
    other = replace(one, probe=replace(one.probe, condition=condition), variant=Variant("base", "another title"))
    assert place_of(one) == place_of(other)
    assert named(one) != named(replace(one, seed=1))
    assert place_of(one) != place_of(replace(one, scale=replace(one.scale, family="detr")))
