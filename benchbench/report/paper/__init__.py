"""Tables for a paper: an account as LaTeX that a document takes in with \\input, nothing retyped."""

from benchbench.report.paper.pages import LAYOUTS, paper

__all__ = ["LAYOUTS", "paper"]
