"""`torch.compile(mode="max-autotune")`: CUDA graphs, and of every product the fastest of several kernels.

Compiling takes minutes for a model.
"""

from __future__ import annotations

from benchbench.catalog.compiling import lacks_graphs, runtime

RUNTIME = runtime("compiled-max-autotune", "max-autotune", lacks_graphs)
