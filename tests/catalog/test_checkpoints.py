"""Models of the hub by name: what `$BENCHBENCH_CHECKPOINTS` gives, and what is said when it gives nothing."""

from pathlib import Path

import pytest

from benchbench.catalog import checkpoints
from benchbench.catalog.contracts import Absent, Weights
from benchbench.types import Scale, Use

NAME = "depth-anything/Depth-Anything-V2-Small-hf"
ALIAS = "depth_anything_v2_vits.pth"
ALIASES = {NAME: (ALIAS, "other.pth")}


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "no-hub"))
    monkeypatch.delenv(checkpoints.VARIABLE, raising=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "weights").mkdir()
    monkeypatch.setenv(checkpoints.VARIABLE, str(tmp_path / "weights"))
    return tmp_path / "weights"


def locate(checkpoint: str = NAME) -> Weights | Absent:
    return checkpoints.locate(checkpoint, stand_in=Path("nowhere"), revisions=("main",), aliases=ALIASES)


def path_of(found: Weights | Absent) -> Path | None:
    assert isinstance(found, Weights)
    assert found.origin.startswith(NAME)
    return found.path


def write_folder(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"tensors")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.mark.parametrize("alias", [ALIAS, "other.pth"])
def test_the_original_file_in_the_folder_stands_for_the_model(root: Path, alias: str) -> None:
    (root / alias).write_bytes(b"tensors")

    assert path_of(locate()) == root / alias


def test_a_folder_of_the_model_s_name_comes_before_the_original_file(root: Path) -> None:
    (root / ALIAS).write_bytes(b"tensors")
    folder = write_folder(root / "Depth-Anything-V2-Small-hf")

    assert path_of(locate()) == folder / "model.safetensors"


def test_the_variable_may_name_the_model_s_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "Depth-Anything-V2-Small-hf")
    monkeypatch.setenv(checkpoints.VARIABLE, str(folder))

    assert path_of(locate()) == folder / "model.safetensors"


def test_a_folder_that_lacks_its_config_is_told(root: Path) -> None:
    (write_folder(root / "Depth-Anything-V2-Small-hf") / "config.json").unlink()
    found = locate()

    assert isinstance(found, Absent)
    assert "holds no config.json" in found.reason


def test_a_variable_that_names_a_file_stands_for_its_own_model_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, taken in ((ALIAS, True), ("depth_anything_v2_vitb.pth", False)):
        (tmp_path / name).write_bytes(b"tensors")
        monkeypatch.setenv(checkpoints.VARIABLE, str(tmp_path / name))
        assert isinstance(locate(), Weights) is taken
        assert isinstance(locate("facebook/dinov2-small"), Absent)


def test_the_remedy_names_the_command_and_the_variable(root: Path) -> None:
    found = locate()

    assert isinstance(found, Absent)
    assert found.remedy == (
        f"benchbench fetch {NAME}, or set BENCHBENCH_CHECKPOINTS to the folder that holds "
        "Depth-Anything-V2-Small-hf/ or depth_anything_v2_vits.pth or other.pth"
    )
    assert f"$BENCHBENCH_CHECKPOINTS ({root}) does not have it" in found.reason


def test_a_variable_that_leads_nowhere_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(checkpoints.VARIABLE, str(tmp_path / "typo"))
    found = locate()

    assert isinstance(found, Absent)
    assert "typo) does not exist" in found.reason


def test_a_path_is_taken_as_it_is_whatever_the_variable_says(root: Path, tmp_path: Path) -> None:
    (root / ALIAS).write_bytes(b"one")
    (tmp_path / "mine.pth").write_bytes(b"two")
    found = locate(str(tmp_path / "mine.pth"))

    assert isinstance(found, Weights)
    assert found.path == tmp_path / "mine.pth"


SEVERAL = {"ti": "small", "s": "larger"}


def stand_in(checkpoint: str, root: Path) -> Weights | Absent:
    folders = {name: write_folder(root / folder) for name, folder in SEVERAL.items()}
    return checkpoints.locate(
        checkpoint, stand_in=folders["s"], revisions=("main",), aliases=ALIASES, stand_ins=folders
    )


@pytest.mark.parametrize(
    ("checkpoint", "folder"), [("stand-in", "larger"), ("stand-in/s", "larger"), ("stand-in/ti", "small")]
)
def test_one_of_several_stand_ins(tmp_path: Path, checkpoint: str, folder: str) -> None:
    found = stand_in(checkpoint, tmp_path)

    assert isinstance(found, Weights)
    assert (found.origin, found.path) == (checkpoint, tmp_path / folder / "model.safetensors")


@pytest.mark.parametrize(
    ("name", "remedy"), [("t", "did you mean 'ti'?"), ("../small", "known: s, ti"), ("b/../s", "known: s, ti")]
)
def test_a_stand_in_that_there_is_not(tmp_path: Path, name: str, remedy: str) -> None:
    found = stand_in(f"stand-in/{name}", tmp_path)

    assert isinstance(found, Absent)
    assert found.reason == f"this family has no stand-in '{name}'"
    assert found.remedy == remedy


def test_a_family_with_one_stand_in_has_no_others() -> None:
    found = locate("stand-in/s")

    assert isinstance(found, Absent)
    assert found.remedy == "write stand-in"


@pytest.mark.parametrize(
    ("checkpoint", "expected"),
    [("stand-in", True), ("stand-in/ti", True), ("random", False), ("stand-ins/ti", False), (NAME, False)],
)
def test_a_scale_knows_whether_it_stands_in(checkpoint: str, expected: bool) -> None:
    assert Scale("small", "", "vit", checkpoint, Use("glyphs", {})).is_stand_in is expected
