"""Stage 3: cohort to results. The only stage with models, clocks, processes and devices.

Importing it loads no torch: models live in worker processes.
"""

from benchbench.measure.conduct import measure
from benchbench.measure.crew import Crew
from benchbench.measure.environment import environment, signature, usable_cores
from benchbench.measure.job import Progress, Result, Work
from benchbench.measure.versions import versions

__all__ = ["Crew", "Progress", "Result", "Work", "environment", "measure", "signature", "usable_cores", "versions"]
