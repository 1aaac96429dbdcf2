"""Every number of the recipe in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what and for how many steps; nothing here is measured in minutes.

    side: input height and width in pixels. dense_steps trains the convolutions, the encoder and the heads token by
    token before the decoder joins for `steps`. dense_share: part of `steps` over which the token loss fades out.
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
    steps: int = 18_000
    rate: float = 1.2e-3
    warm_up: int = 200
    weight_decay: float = 1e-4
    clip: float = 1.0
    dense_share: float = 0.5
    no_object_weight: float = 0.25
    evaluate_every: int = 750
    save_every: int = 250
