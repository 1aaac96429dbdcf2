"""Every number of the recipe in one place."""

from dataclasses import dataclass

from training.schedule import warmed_half_cosine


@dataclass(frozen=True)
class Size:
    """What tells the sizes apart, in the ratios of the published Ti, S and B: each twice as wide as the one before.

    Layers and patches are those of all sizes; a head is 8 wide.
    """

    hidden: int
    heads: int
    rate: float


SIZES = {"ti": Size(24, 3, 1e-3), "s": Size(48, 6, 1e-3), "b": Size(96, 12, 5e-4)}


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what and for how many steps; nothing here is measured in minutes.

    side: input height and width in pixels. The learning rate is that of the size.
    """

    seed: int = 2028
    held_out_seed: int = 1
    images: int = 40_000
    held_out: int = 2_000
    side: int = 48
    patch: int = 8
    layers: int = 12
    position_spread: float = 0.5
    batch: int = 64
    steps: int = 8_000
    warm_up: int = 400
    weight_decay: float = 0.03
    clip: float = 1.0
    evaluate_every: int = 1_000
    save_every: int = 250

    def learning_rate(self, step: int, peak: float) -> float:
        """Linear warm-up, then half a cosine that ends at zero."""
        return warmed_half_cosine(peak, step, self.steps, self.warm_up)
