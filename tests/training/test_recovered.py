"""What ships of recovered weights: small enough, whole, and found by the suites that show it."""

from pathlib import Path

import pytest

from benchbench.catalog.checkpoints import STAND_INS
from benchbench.lineage import Lineage
from benchbench.measure import SHIPPED, Artifacts
from training import recovered


def test_all_weights_of_the_package_stay_small() -> None:
    assert 0 < recovered.weight(STAND_INS) <= recovered.MOST_BYTES


@pytest.mark.parametrize("suite", recovered.SHOWN)
def test_every_shown_student_is_found_by_its_suite(suite: str, tmp_path: Path) -> None:
    """A version raised or a setting changed without training again would leave shipped weights without a use."""
    artifacts = Artifacts(tmp_path / "artifacts", SHIPPED)
    lineage = Lineage({}, artifacts)
    found = {
        (trial.variant.name, trial.seed): lineage.artifact(lineage.needs(trial)[-1])
        for trial in recovered.trained(suite, recovered.SHOWN[suite])
    }
    assert len(found) == 3 * len(recovered.SHOWN[suite])
    assert [key for key, artifact in found.items() if artifact is None] == []
    assert not artifacts.broken


def test_nothing_ships_that_no_suite_shows(tmp_path: Path) -> None:
    lineage = Lineage({}, Artifacts(tmp_path / "artifacts", SHIPPED))
    shown = {
        lineage.needs(trial)[-1].key
        for suite, variants in recovered.SHOWN.items()
        for trial in recovered.trained(suite, variants)
    }
    cards = {path.stem for path in (SHIPPED / "cards").glob("*.json")}
    named = {artifact.card.weights for artifact in Artifacts(tmp_path / "artifacts", SHIPPED).cards()}

    assert cards == shown
    assert {path.stem for path in (SHIPPED / "weights").glob("*.safetensors")} == named
