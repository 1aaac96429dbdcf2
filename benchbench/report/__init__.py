"""Stage 6, report: an account of a suite to finished tables, and these to a page."""

from benchbench.report.account import Account
from benchbench.report.frame import frame
from benchbench.report.paper import paper
from benchbench.report.rendering import formats, render, rendered, tables

__all__ = ["Account", "formats", "frame", "paper", "render", "rendered", "tables"]
