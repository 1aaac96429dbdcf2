"""PyTorch as it is: operator after operator, as Python reaches them."""

from __future__ import annotations

from benchbench.catalog.contracts import Runtime

RUNTIME = Runtime(
    name="eager",
    version=1,
    tolerance=0.0,
    start=lambda subject, _: subject.model,
    missing=lambda: None,
)
