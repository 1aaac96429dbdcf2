"""A process of its own that measures what this machine can do at most: `python -m benchbench.measure.peaks THREADS`.

Prints one JSON object. The peak of arithmetic is the best of repeated float32 matrix products and convolutions, the
bandwidth that of the triad of McCalpin's STREAM, a = b + s * c, on arrays larger than the last level of cache.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchbench.catalog.memory import MIB, available
from benchbench.measure.environment import environment
from benchbench.measure.equal_arms import equal_runs, noise_of_a_pair, noise_of_a_run
from benchbench.measure.lifeline import die_with_parent
from benchbench.measure.meters import Meters

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
LEAST_CALLS = 5
SECONDS = 1.5
SIDE = 2048
BEYOND = 64 * MIB
"""Each array of the triad is the last level of cache and this much larger."""
UNITS = {"K": 2**10, "M": MIB, "G": 2**30}


def main(threads: int) -> None:
    """Measure, and print what was found."""
    die_with_parent()
    torch.set_num_threads(threads)
    with torch.inference_mode():
        product, convolution = matrix_product(), convolved()
        size, bandwidth = triad(available() // 12)
        equal = equal_runs(Meters())
        found = {
            "environment": environment(threads) | {"torch": str(torch.__version__)},
            "multiply_adds": max(product, convolution),
            "bandwidth": bandwidth,
            "noise": noise_of_a_pair(equal),
            "apart": noise_of_a_run(equal),
            "notes": [
                f"matrix product of {SIDE} x {SIDE}: {product / 1e9:.1f} GMAC/s; 3 x 3 convolution of 128 channels: "
                f"{convolution / 1e9:.1f} GMAC/s; float32, best of repeats",
                f"triad over three arrays of {size / MIB:.0f} MiB, last level of cache {last_cache() / MIB:.0f} MiB",
                f"{len(equal)} runs of two equal models that take turns, each built anew; half-widths of 95 %",
            ],
        }
    print(json.dumps(found))


def seconds(call: Callable[[], object]) -> list[float]:
    """Seconds of each call for a while, after one to warm up."""
    call()
    found: list[float] = []
    while len(found) < LEAST_CALLS or sum(found) < SECONDS:
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return found


def matrix_product(side: int = SIDE) -> float:
    """Multiply-adds a second of a square matrix product, the best of repeats."""
    left, right, out = torch.rand(side, side), torch.rand(side, side), torch.empty(side, side)
    return side**3 / min(seconds(lambda: torch.mm(left, right, out=out)))


def convolved(batch: int = 4, channels: int = 128, side: int = 56) -> float:
    """Multiply-adds a second of a 3 x 3 convolution, the best of repeats."""
    image, weight = torch.rand(batch, channels, side, side), torch.rand(channels, channels, 3, 3)
    work = batch * side * side * channels * channels * 9
    return work / min(seconds(lambda: torch.nn.functional.conv2d(image, weight, padding=1)))


def triad(most: int) -> tuple[int, float]:
    """Bytes of an array, at most `most`, and bytes a second of two reads and a write, as STREAM counts them."""
    count = min(last_cache() + BEYOND, most) // 4
    left, right, out = (torch.ones(count) for _ in range(3))
    return count * 4, 12 * count / min(seconds(lambda: torch.add(left, right, alpha=3.0, out=out)))


def last_cache(caches: Path = CACHES) -> int:
    """Bytes of the largest cache that this core sees; 32 MiB where the system does not tell."""
    sizes = [path.read_text().strip() for path in caches.glob("index*/size")]
    return max((int(size[:-1]) * UNITS[size[-1]] for size in sizes if size[-1:] in UNITS), default=32 * MIB)


if __name__ == "__main__":
    main(int(sys.argv[1]))
