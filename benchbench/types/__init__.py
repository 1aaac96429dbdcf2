"""The nouns of benchbench, in the order in which data meets them.

Frozen values only; nothing here imports anything else of ours, and nothing heavy. The same classes are checked by
pydantic at the two doors (suite files, record files) and trusted inside.
"""

from benchbench.types.claimed import (
    Claim,
    ClaimKind,
    Comparison,
    Document,
    DocumentTable,
    Form,
    Quotation,
    Range,
    Reading,
    Recipe,
    Source,
    TableCell,
)
from benchbench.types.compared import STATUS, Change, Judgement, Kind
from benchbench.types.declared import Budget, Condition, ProbeUse, Scale, Suite, Use, Variant
from benchbench.types.expanded import Cohort, Trial
from benchbench.types.judged import Complaint, Estimate, Finding, Ruling, Verdict
from benchbench.types.measured import (
    Difference,
    Entry,
    Failed,
    Measured,
    Measurement,
    Metric,
    Outcome,
    Record,
    Skipped,
    Split,
)
from benchbench.types.pictured import Boxes, DepthMap, Gallery, Guess, Scene, Seen
from benchbench.types.plain import NOWHERE, Json, Place, Settings
from benchbench.types.profiled import Load, Machine, Profile, SpeedLimit
from benchbench.types.shown import Cell, Table

__all__ = [
    "NOWHERE",
    "STATUS",
    "Boxes",
    "Budget",
    "Cell",
    "Change",
    "Claim",
    "ClaimKind",
    "Cohort",
    "Comparison",
    "Complaint",
    "Condition",
    "DepthMap",
    "Difference",
    "Document",
    "DocumentTable",
    "Entry",
    "Estimate",
    "Failed",
    "Finding",
    "Form",
    "Gallery",
    "Guess",
    "Json",
    "Judgement",
    "Kind",
    "Load",
    "Machine",
    "Measured",
    "Measurement",
    "Metric",
    "Outcome",
    "Place",
    "ProbeUse",
    "Profile",
    "Quotation",
    "Range",
    "Reading",
    "Recipe",
    "Record",
    "Ruling",
    "Scale",
    "Scene",
    "Seen",
    "Settings",
    "Skipped",
    "Source",
    "SpeedLimit",
    "Split",
    "Suite",
    "Table",
    "TableCell",
    "Trial",
    "Use",
    "Variant",
    "Verdict",
]
