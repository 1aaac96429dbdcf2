"""The official split, against the owners' file."""

from hashlib import sha256

from benchbench.catalog.formulas.nyu_split import TEST, TOTAL, TRAIN


def test_654_to_test_on_and_795_to_train_on() -> None:
    assert (len(TEST), len(TRAIN)) == (654, 795)
    assert not TEST & TRAIN
    assert set(range(1, TOTAL + 1)) == TEST | TRAIN


def test_it_is_the_owners_split() -> None:
    """The digest is of `testNdxs` of splits.mat, sorted, in digits with spaces between."""
    ordered = sorted(TEST)
    assert ordered[:10] == [1, 2, 9, 14, 15, 16, 17, 18, 21, 28]
    assert ordered[-5:] == [1445, 1446, 1447, 1448, 1449]
    found = sha256(" ".join(map(str, ordered)).encode()).hexdigest()
    assert found == "cdad6b1082ddd75f0702046db722c3caa3abf67d7c42b570f5ccdf5971729dbd"
