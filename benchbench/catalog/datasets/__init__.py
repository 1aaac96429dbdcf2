"""The shelf of datasets, one file each."""

from benchbench.catalog.contracts import Dataset
from benchbench.catalog.shelf import Shelf

DATASETS: Shelf[Dataset] = Shelf(__name__, "DATASET", "dataset")
