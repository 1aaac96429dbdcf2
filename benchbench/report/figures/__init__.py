"""Figures for a paper: what the report's charts show, drawn for a printed page, with their numbers."""

from benchbench.report.figures.collecting import figures
from benchbench.report.figures.drawing import FORMATS, drawn
from benchbench.report.figures.figure import Figure, data
from benchbench.report.figures.inclusion import inclusion
from benchbench.report.figures.naming import stems

__all__ = ["FORMATS", "Figure", "data", "drawn", "figures", "inclusion", "stems"]
