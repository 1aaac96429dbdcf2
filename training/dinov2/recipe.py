"""Every number of the recipe in one place."""

from dataclasses import dataclass

from training.schedule import warmed_half_cosine


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what and for how many steps. The encoder has the architecture of `training.depth`."""

    seed: int = 2027
    held_out_seed: int = 4
    images: int = 16_000
    held_out: int = 500
    batch: int = 32
    steps: int = 5_000
    rate: float = 2e-3
    warm_up: int = 200
    weight_decay: float = 0.02
    clip: float = 1.0
    evaluate_every: int = 500
    save_every: int = 250

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine that ends at zero."""
        return warmed_half_cosine(self.rate, step, self.steps, self.warm_up)
