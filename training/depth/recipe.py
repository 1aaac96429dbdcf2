"""Every number of the recipe in one place."""

from dataclasses import dataclass

from training.schedule import warmed_half_cosine


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what and for how many steps; nothing here is measured in minutes.

    taps: the layers whose output the head reads, counted from 1. neck and fusion: channels of the DPT head.
    anchor: the weight of the loss without alignment beside the aligned one.
    """

    seed: int = 2026
    held_out_seed: int = 1
    held_out: int = 300
    width: int = 48
    layers: int = 12
    heads: int = 8
    patch: int = 14
    taps: tuple[int, ...] = (3, 6, 9, 12)
    neck: tuple[int, ...] = (12, 24, 32, 48)
    fusion: int = 16
    layer_scale: float = 0.5
    batch: int = 24
    steps: int = 12_000
    rate: float = 2e-3
    warm_up: int = 300
    weight_decay: float = 0.01
    clip: float = 1.0
    anchor: float = 0.3
    evaluate_every: int = 500
    save_every: int = 250

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine that ends at zero."""
        return warmed_half_cosine(self.rate, step, self.steps, self.warm_up)
