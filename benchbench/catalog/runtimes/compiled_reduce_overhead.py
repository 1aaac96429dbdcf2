"""`torch.compile(mode="reduce-overhead")`: the kernels of a call are recorded as a CUDA graph and replayed as one.

What the host needs to hand out the work, which is most of the time of a small model at batch 1, is paid once. The graph
keeps the memory of its call for itself.
"""

from __future__ import annotations

from benchbench.catalog.compiling import lacks_graphs, runtime

RUNTIME = runtime("compiled-reduce-overhead", "reduce-overhead", lacks_graphs)
