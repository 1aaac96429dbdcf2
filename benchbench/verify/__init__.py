"""Stage 5: claims and records to verdicts; and, before anything runs, what the claims alone give away."""

from benchbench.verify.judging import judge, refuted
from benchbench.verify.linting import lint

__all__ = ["judge", "lint", "refuted"]
