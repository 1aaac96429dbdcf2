"""Checkpoints given by their place: a misspelt one is an error, one that is yet to be fetched is none."""

from pathlib import Path

import pytest

from benchbench.errors import BenchbenchError
from benchbench.lineage import Lineage
from benchbench.types import Scale, Use


def doubt(checkpoint: str) -> None:
    Lineage({}).doubt(Scale("full", "", "vit", checkpoint, Use("glyphs", {})))


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BENCHBENCH_CHECKPOINTS", raising=False)


@pytest.mark.parametrize(
    ("checkpoint", "words"),
    [
        ("weights/B_16.npz", "neither a file nor a folder"),
        ("weights/deit.pth", "neither a file nor a folder"),
        ("stand-in/tiny", "has no stand-in 'tiny'"),
    ],
)
def test_a_place_where_there_is_nothing(checkpoint: str, words: str) -> None:
    with pytest.raises(BenchbenchError, match=words):
        doubt(checkpoint)


@pytest.mark.parametrize("checkpoint", ["random", "google/vit-base-patch16-384", "vit_models/augreg-l16-i21k"])
def test_what_is_yet_to_be_fetched_is_not_doubted(checkpoint: str) -> None:
    doubt(checkpoint)
