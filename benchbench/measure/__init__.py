"""Stage 3: cohort to results. The only stage with models, clocks, processes and devices.

Importing it loads no torch: models live in worker processes.
"""

from benchbench.measure import preparing
from benchbench.measure.artifacts import Artifact, Artifacts
from benchbench.measure.calibrating import calibrate
from benchbench.measure.conduct import measure
from benchbench.measure.crew import Crew
from benchbench.measure.devices import signature as device_signature
from benchbench.measure.environment import environment, signature, usable_cores
from benchbench.measure.exporting import export
from benchbench.measure.external import UNALLOWED
from benchbench.measure.job import SHIPPED, Export, Progress, Result, Work
from benchbench.measure.origins import Origins
from benchbench.measure.recoveries import Need, lacking, needs, untrained
from benchbench.measure.recovering import missing, recover
from benchbench.measure.shipping import ship
from benchbench.measure.starting import unstarted
from benchbench.measure.versions import versions

__all__ = [
    "SHIPPED",
    "UNALLOWED",
    "Artifact",
    "Artifacts",
    "Crew",
    "Export",
    "Need",
    "Origins",
    "Progress",
    "Result",
    "Work",
    "calibrate",
    "device_signature",
    "environment",
    "export",
    "lacking",
    "measure",
    "missing",
    "needs",
    "preparing",
    "recover",
    "ship",
    "signature",
    "unstarted",
    "untrained",
    "usable_cores",
    "versions",
]
