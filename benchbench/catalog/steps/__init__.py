"""The shelf of steps, one file each."""

from benchbench.catalog.contracts import Step
from benchbench.catalog.shelf import Shelf

STEPS: Shelf[Step] = Shelf(__name__, "STEP", "step")
