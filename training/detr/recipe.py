"""Every number of the recipe in one place."""

from dataclasses import dataclass

from training.schedule import half_cosine


@dataclass(frozen=True)
class Schedule:
    """Learning rate by step: linear warm-up into a half cosine over `horizon` steps, which from `cool_from` on falls
    by a second half cosine, so that it is nothing after `steps`.
    """

    steps: int
    peak: float
    warm_up: int
    horizon: int
    cool_from: int

    def rate(self, step: int) -> float:
        slow = half_cosine(min(step, self.cool_from) / self.horizon)
        cooling = half_cosine(max(0, step - self.cool_from) / (self.steps - self.cool_from))
        return self.peak * min(1.0, (step + 1) / max(self.warm_up, 1)) * slow * cooling


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what and for how many steps; nothing here is measured in minutes.

    side: input height and width in pixels. dense_steps trains the convolutions, the encoder and the heads token by
    token before the decoder joins for `steps`. token_loss_steps: those of `steps` over which the token loss fades out.
    """

    seed: int = 2026
    held_out_seed: int = 1
    images: int = 40_000
    held_out: int = 500
    side: int = 96
    stem: int = 24
    widths: tuple[int, ...] = (64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 2)
    d_model: int = 64
    feed_forward: int = 256
    heads: int = 8
    layers: int = 6
    queries: int = 20
    batch: int = 32
    dense_steps: int = 1_500
    dense_rate: float = 2e-3
    steps: int = 12_000
    rate: float = 1.2e-3
    horizon: int = 18_000
    cool_from: int = 6_000
    warm_up: int = 200
    weight_decay: float = 1e-4
    clip: float = 1.0
    token_loss_steps: int = 9_000
    no_object_weight: float = 0.25
    evaluate_every: int = 750
    save_every: int = 250

    def dense_schedule(self) -> Schedule:
        return Schedule(self.dense_steps, self.dense_rate, self.warm_up, self.dense_steps, 0)

    def set_schedule(self) -> Schedule:
        return Schedule(self.steps, self.rate, self.warm_up, self.horizon, self.cool_from)
