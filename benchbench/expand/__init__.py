"""Suite to Cohorts: pure, and without torch."""

from benchbench.expand.expanding import Expansion, expand

__all__ = ["Expansion", "expand"]
