"""Taking parts out of a model, and keeping the result so that it loads again exactly."""

from benchbench.catalog.surgery.store import load, save

__all__ = ["load", "save"]
