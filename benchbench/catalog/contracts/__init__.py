"""What an entry of the catalog must offer. Adding one is adding one file.

An entry's settings are the keyword-only parameters of the function named in its contract: typed, with defaults, and
checked against a suite before anything runs.
"""

from benchbench.catalog.contracts.data import Absent, Dataset, Located, Sample, Samples
from benchbench.catalog.contracts.models import Family, Inputs, Labelled, Runtime, Subject, Task, Weights
from benchbench.catalog.contracts.probes import Probe, ScoredProbe, StaticProbe, TimedProbe, reads_outputs
from benchbench.catalog.contracts.steps import Course, Ground, Step, Training

__all__ = [
    "Absent",
    "Course",
    "Dataset",
    "Family",
    "Ground",
    "Inputs",
    "Labelled",
    "Located",
    "Probe",
    "Runtime",
    "Sample",
    "Samples",
    "ScoredProbe",
    "StaticProbe",
    "Step",
    "Subject",
    "Task",
    "TimedProbe",
    "Training",
    "Weights",
    "reads_outputs",
]
