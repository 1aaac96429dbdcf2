"""Top-1 and top-5: against torchmetrics, ties, what is refused, what is kept, files, paired differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.class_ranks import kept
from benchbench.catalog.formulas.rows import Arrays, Rows, gather, save
from benchbench.catalog.probes import PROBES
from benchbench.catalog.probes.top1 import PROBE, intervals, notes, paired, score, splits, summarise
from benchbench.errors import BadData
from benchbench.measure.row_chunks import PREDICTIONS, join, pack
from benchbench.scoring import read


def drawn(seed: int, images: int = 40, classes: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(images, classes)).astype(np.float32), rng.integers(0, classes, images)


def scored(logits: np.ndarray, labels: np.ndarray) -> Rows:
    rows = [score({"logits": row}, {"label": label}) for row, label in zip(logits, labels, strict=True)]
    return gather(range(len(rows)), rows)


def flags(*right: int) -> Rows:
    """Rows of which these flags are both top-1 and top-5."""
    row = {name: np.array(0) for name in ("tied", "label", "predicted")}
    return gather(range(len(right)), [{"correct1": np.array(r > 0), "correct5": np.array(r > 0)} | row for r in right])


def test_the_shelf_holds_it() -> None:
    probe = PROBES["top1"]
    assert isinstance(probe, ScoredProbe)
    assert [(each.name, each.unit, each.better) for each in probe.metrics] == [
        ("top1", "pt", "higher"),
        ("top5", "pt", "higher"),
    ]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.integers(6, 30))
def test_it_agrees_with_torchmetrics(seed: int, classes: int) -> None:
    import torch
    from torchmetrics.functional.classification import multiclass_accuracy

    logits, labels = drawn(seed, classes=classes)
    found = summarise(scored(logits, labels))
    for name, places in (("top1", 1), ("top5", 5)):
        expected = multiclass_accuracy(
            torch.tensor(logits), torch.tensor(labels), num_classes=classes, average="micro", top_k=places
        )
        assert found[name] == pytest.approx(float(expected), abs=1e-6)


def test_a_tie_counts_as_wrong_and_is_told() -> None:
    logits = np.array([[2.0, 2, 0, 0, 0, 0, 0], [0.0, 0, 0, 0, 0, 0, 0], [3.0, 2, 1, 0, 0, 0, 0]], np.float32)
    rows = scored(logits, np.array([0, 3, 2]))
    assert rows.columns["correct1"].tolist() == [False, False, False]
    assert rows.columns["correct5"].tolist() == [True, False, True]
    assert rows.columns["tied"].tolist() == [True, True, False]
    assert rows.columns["predicted"].tolist() == [0, 0, 0]
    assert "tied with another in 2 of 3 images" in notes(rows)[1]
    assert len(notes(scored(*drawn(0)))) == 1


@given(st.integers(0, 2**32))
def test_what_is_kept_scores_as_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, classes = rng.integers(0, 6, (20, 12)).astype(np.float32), rng.integers(0, 12, 20)
    for row, label in zip(logits, classes, strict=True):
        whole, again = (score(each, {"label": label}) for each in ({"logits": row}, PROBE.archived({"logits": row})))
        assert {name: value.item() for name, value in whole.items() if name != "tied"} == {
            name: value.item() for name, value in again.items() if name != "tied"
        }


@pytest.mark.parametrize("label", [-1, 12, 999])
def test_a_label_beyond_the_logits_is_refused_with_both_numbers(label: int) -> None:
    with pytest.raises(BadData, match=rf"label {label} for a model with 12 logits"):
        score({"logits": drawn(0)[0][0]}, {"label": np.array(label)})


def test_another_number_of_classes_is_refused_with_both_numbers() -> None:
    """Also of what is kept of a prediction, and where the label would fit by chance."""
    whole = {"logits": np.arange(21_843, dtype=np.float32)}
    target = {"label": np.array(7), "classes": np.array(1000)}
    for prediction in (whole, kept(whole)):
        with pytest.raises(BadData, match="the dataset has 1,000 classes, the model tells 21,843 apart") as caught:
            score(prediction, target)
        assert "name a checkpoint with this dataset's classes" in caught.value.hint
        assert int(score(prediction, {**target, "classes": np.array(21_843)})["label"]) == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_are_refused_with_their_share(bad: float) -> None:
    logits = drawn(0)[0][0].copy()
    logits[[3, 7]] = bad
    with pytest.raises(BadData, match=r"2 of 12 \(16.7 %\)"):
        score({"logits": logits}, {"label": np.array(3)})


@pytest.mark.parametrize("logits", [np.zeros((2, 3), np.float32), np.zeros(0, np.float32), np.zeros(3, np.int64)])
def test_what_are_no_logits_is_refused(logits: np.ndarray) -> None:
    with pytest.raises(BadData, match="one number for each class"):
        score({"logits": logits}, {"label": np.array(0)})


def test_weights_are_multiplicities_of_images() -> None:
    rows = flags(1, 0, 1, 0)
    assert summarise(rows, [3, 1, 0, 0])["top1"] == 0.75
    assert summarise(rows)["top1"] == 0.5
    with pytest.raises(BadData, match="no image counts"):
        summarise(rows, [0, 0, 0, 0])


def test_limits_are_of_all_images() -> None:
    rows = flags(*[1] * 30 + [0] * 10)
    low, high = intervals(rows, 200, 0)["top1"]
    assert low < 0.75 < high
    assert intervals(rows, 2, 7) == intervals(rows, 200, 0)


def test_a_paired_difference_is_ours_less_theirs() -> None:
    found = paired(flags(1, 1, 1, 0, 1), flags(1, 0, 0, 1, 1))["top1"]
    assert found.value == pytest.approx(0.2)
    assert found.p == pytest.approx(1.0)
    assert found.low < 0.2 < found.high
    assert "McNemar" in found.test


def written(path: Path, logits: np.ndarray, labels: np.ndarray) -> tuple[Path, Path]:
    ids = np.arange(10, 10 + len(labels))
    np.savez(path / "logits.npz", ids=ids, logits=logits)
    lines = [f"{id},{label}" for id, label in zip(ids, labels, strict=True)]
    (path / "labels.csv").write_text("\n".join(["id,label", *lines]), encoding="utf-8")
    return path / "logits.npz", path / "labels.csv"


def test_files_made_elsewhere_are_scored(tmp_path: Path) -> None:
    logits, labels = drawn(3)
    predictions, targets = written(tmp_path, logits, labels)
    expected = summarise(scored(logits, labels))
    assert summarise(read(PROBE, predictions, targets, {})) == expected
    header = ",".join(["id", *map(str, range(12))])
    lines = [",".join(map(str, [10 + number, *row.tolist()])) for number, row in enumerate(logits)]
    (tmp_path / "logits.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    np.savez(tmp_path / "labels.npz", ids=np.arange(10, 50), labels=labels)
    assert summarise(read(PROBE, tmp_path / "logits.csv", tmp_path / "labels.npz", {})) == expected


def test_what_lies_beside_a_record_is_scored_again(tmp_path: Path) -> None:
    logits, labels = drawn(5)
    _, targets = written(tmp_path, logits, labels)
    truth = PROBE.read_targets(targets)
    whole: list[Arrays] = [{"logits": row} for row in logits]
    rows = [score(each, target) for each, target in zip(whole, truth.values(), strict=True)]
    left = join(PREDICTIONS, [pack(list(truth), rows, [PROBE.archived(each) for each in whole])])
    assert left is not None
    save(left, tmp_path / "predictions.npz")
    again = read(PROBE, tmp_path / "predictions.npz", targets, {})
    assert summarise(again) == summarise(scored(logits, labels))
    assert (tmp_path / "predictions.npz").stat().st_size < logits.nbytes * 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,label\n1,0\n1,2\n", "ids repeat"),
        ("id,label\n", "holds no image"),
        ("id,label\n1\n", r":2: 1 values under a header of 2"),
        ("id,label\n1,cat\n", r":2: could not convert"),
        ("id,label\n1,0.5\n", "no whole label"),
        ("image,label\n1,0\n", "header begins with 'image,label'"),
        ("id,1,0\n1,0,0\n", "header begins with 'id,1,0'"),
    ],
)
def test_bad_targets_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadData, match=told):
        PROBE.read_targets(tmp_path / "labels.csv")


@pytest.mark.parametrize(("ids", "told"), [([10, 11], "no prediction for image 12"), ([10, 11, 12, 13], "image 13")])
def test_predictions_are_of_exactly_the_images_of_the_targets(tmp_path: Path, ids: list[int], told: str) -> None:
    _, targets = written(tmp_path, *drawn(0, images=3))
    np.savez(tmp_path / "other.npz", ids=np.array(ids), logits=drawn(0, images=len(ids))[0])
    with pytest.raises(BadData, match=told):
        PROBE.read_predictions(tmp_path / "other.npz", targets)


def test_pickles_and_rubbish_are_refused(tmp_path: Path) -> None:
    _, targets = written(tmp_path, *drawn(0, images=3))
    np.savez(tmp_path / "pickled.npz", ids=np.arange(3), logits=np.array([{}, {}, {}]))
    (tmp_path / "rubbish.npz").write_bytes(b"no zip")
    for name in ("pickled.npz", "rubbish.npz", "missing.npz"):
        with pytest.raises(BadData, match=name):
            PROBE.read_predictions(tmp_path / name, targets)


def test_accuracy_by_class() -> None:
    """Of the classes that have an image, in order; their mean over images is the accuracy."""
    logits, labels = drawn(5, images=60, classes=7)
    labels[labels == 3] = 2
    rows = scored(logits, labels)
    [classes] = splits(rows, names={2: "tench"})
    expected = {kind: float(np.mean(logits.argmax(1)[labels == kind] == kind)) for kind in (0, 1, 2, 4, 5, 6)}
    names = ["class 0", "class 1", "tench", "class 4", "class 5", "class 6"]
    assert classes.parts == tuple(zip(names, expected.values(), strict=True))
    assert classes.whole == summarise(rows)["top1"]
