"""Learning rate by step, where the recipes agree."""

import math


def half_cosine(share: float) -> float:
    """From 1 at the beginning of a course to 0 at its end."""
    return 0.5 * (1 + math.cos(math.pi * share))


def warmed_half_cosine(peak: float, step: int, steps: int, warm_up: int) -> float:
    """Linear over `warm_up` steps, under half a cosine that ends at zero after `steps`."""
    return peak * min(1.0, (step + 1) / warm_up) * half_cosine(min(1.0, step / steps))
