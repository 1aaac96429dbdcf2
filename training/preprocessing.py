"""What happens to a picture before a stand-in sees it, in the words of transformers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def write(
    folder: Path,
    processor: str,
    size: Mapping[str, int],
    resample: int,
    normalisation: tuple[Sequence[float], Sequence[float]],
    **more: object,
) -> None:
    """Writes preprocessor_config.json. `normalisation` is the mean and the deviation of each channel in 0..1."""
    mean, deviation = normalisation
    told = {
        "image_processor_type": processor,
        "do_resize": True,
        "size": dict(size),
        "resample": resample,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(mean),
        "image_std": list(deviation),
        **more,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(told, indent=2), encoding="utf-8")
