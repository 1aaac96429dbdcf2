"""Finding weights without torch and without a network."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchbench.catalog import checkpoints as locating
from benchbench.catalog import digests
from benchbench.catalog.contracts import Absent, Weights
from benchbench.catalog.families.detr import FAMILY, checkpoints


def write_folder(folder: Path, weights: str = "model.safetensors") -> None:
    folder.mkdir(parents=True)
    (folder / weights).write_bytes(b"tensors")
    (folder / "config.json").write_text("{}")


def test_random_weights_are_always_at_hand() -> None:
    assert FAMILY.locate("random") == Weights(kind="random", fingerprint="random", origin="random weights")


@pytest.mark.parametrize("name", locating.WEIGHT_FILES)
def test_a_folder_is_known_by_its_weights_and_its_config(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "mine", name)
    found = FAMILY.locate(str(tmp_path / "mine"))

    assert isinstance(found, Weights)
    assert found.path == tmp_path / "mine" / name
    assert found.fingerprint.startswith(hashlib.sha256(b"tensors").hexdigest())

    (tmp_path / "mine" / "config.json").write_text("{ }")
    other = FAMILY.locate(str(tmp_path / "mine"))
    assert isinstance(other, Weights)
    assert other.fingerprint != found.fingerprint


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json"])
def test_a_folder_that_lacks_something_says_what(tmp_path: Path, missing: str) -> None:
    write_folder(tmp_path / "mine")
    (tmp_path / "mine" / missing).unlink()
    found = FAMILY.locate(str(tmp_path / "mine"))

    assert isinstance(found, Absent)
    assert missing in found.reason


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "detr.pth"
    path.write_bytes(b"one")
    digests.sha256_read.cache_clear()
    first, again = FAMILY.locate(str(path)), FAMILY.locate(str(path))
    assert digests.sha256_read.cache_info().misses == 1

    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    changed = FAMILY.locate(str(path))

    assert isinstance(first, Weights)
    assert first == again == Weights("trained", hashlib.sha256(b"one").hexdigest(), path, str(path))
    assert isinstance(changed, Weights)
    assert changed.fingerprint == hashlib.sha256(b"two").hexdigest()


def test_the_stand_in_is_package_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "STAND_IN", tmp_path / "detr")
    assert isinstance(FAMILY.locate("stand-in"), Absent)

    write_folder(tmp_path / "detr")
    found = FAMILY.locate("stand-in")
    assert isinstance(found, Weights)
    assert found.origin == "stand-in"


def test_what_is_nowhere_says_how_to_get_it() -> None:
    hub, path = FAMILY.locate("facebook/detr-resnet-50"), FAMILY.locate("weights/detr.pth")

    assert isinstance(hub, Absent)
    assert hub.remedy.startswith("benchbench fetch facebook/detr-resnet-50")
    assert "BENCHBENCH_CHECKPOINTS" in hub.remedy
    assert isinstance(path, Absent)
    assert "weights/detr.pth" in path.reason


SCRIPT = """
import sys
from benchbench.catalog.families.detr import FAMILY
from benchbench.catalog.shelf import settings_of
found = FAMILY.locate("some/repository")
assert set(settings_of(FAMILY.build)) >= {"seed", "backbone", "heads"}
assert set(settings_of(FAMILY.prepare)) == {"shorter", "longer"}
assert not {"torch", "transformers"} & set(sys.modules)
print(found.path.read_bytes().decode(), found.origin)
"""


@pytest.mark.parametrize("revisions", [["main"], ["main", "no_timm"]])
def test_the_hub_cache_is_searched_without_torch(tmp_path: Path, revisions: list[str]) -> None:
    repository = tmp_path / "hub" / "models--some--repository"
    for revision in revisions:
        write_folder(repository / "snapshots" / f"commit-{revision}")
        (repository / "snapshots" / f"commit-{revision}" / "model.safetensors").write_text(revision)
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / revision).write_text(f"commit-{revision}")
    environment = os.environ | {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.split() == [revisions[-1], f"some/repository@{revisions[-1]}"]
