"""The shelf of probes, one file each."""

from benchbench.catalog.contracts import Probe
from benchbench.catalog.shelf import Shelf

PROBES: Shelf[Probe] = Shelf(__name__, "PROBE", "probe")
