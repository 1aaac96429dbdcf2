"""`torch.compile` as it is called without a mode."""

from __future__ import annotations

from benchbench.catalog.compiling import runtime

RUNTIME = runtime("compiled", "default")
