"""The shelf of families, one file each."""

from benchbench.catalog.contracts import Family
from benchbench.catalog.shelf import Shelf

FAMILIES: Shelf[Family] = Shelf(__name__, "FAMILY", "family")
