"""Arrays as pictures that a page carries inside: data addresses of maps in colours and of images."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = 64
"""Shades of a map: more do not show, and cost room."""


def coloured(values: NDArray[np.float32], limits: tuple[float, float], colours: str, size: tuple[int, int]) -> str:
    """A map in LEVELS colours between the limits; what is no number is transparent."""
    import numpy as np
    from PIL import Image

    low, high = limits
    down, across = ((np.arange(part) + 0.5) * whole / part for part, whole in zip(size, values.shape, strict=True))
    found = values[down.astype(int)][:, across.astype(int)]
    with np.errstate(invalid="ignore"):
        levels = np.clip((found - low) / ((high - low) or 1.0), 0.0, 1.0) * (LEVELS - 1)
    indices = np.where(np.isnan(found), LEVELS, np.nan_to_num(levels, nan=LEVELS)).round().astype(np.uint8)
    image = Image.fromarray(indices).convert("P")
    image.putdata(indices.ravel().tolist())
    image.putpalette(_palette(colours))
    return _address(image, "PNG", transparency=LEVELS, bits=8, optimize=True)


def photo(image: NDArray[np.uint8], size: tuple[int, int]) -> str:
    """An image, as PNG or as JPEG, whichever is shorter."""
    from PIL import Image

    small = Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BOX)
    return min(_address(small, "PNG", optimize=True), _address(small, "JPEG", quality=85), key=len)


@cache
def gradient(colours: str) -> str:
    import numpy as np

    return coloured(np.linspace(0.0, 1.0, LEVELS, dtype=np.float32)[None], (0.0, 1.0), colours, (1, LEVELS))


@cache
def _palette(colours: str) -> list[int]:
    """LEVELS colours, and a last one for what is no number, which is transparent."""
    import matplotlib as mpl
    import numpy as np

    shades = mpl.colormaps[colours](np.linspace(0.0, 1.0, LEVELS))[:, :3]
    return [*np.rint(shades * 255).astype(int).ravel().tolist(), 127, 127, 127]


def _address(image: Any, kind: str, **options: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
