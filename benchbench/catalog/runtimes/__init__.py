"""The shelf of runtimes, one file each."""

from benchbench.catalog.contracts import Runtime
from benchbench.catalog.shelf import Shelf

RUNTIMES: Shelf[Runtime] = Shelf(__name__, "RUNTIME", "runtime")
