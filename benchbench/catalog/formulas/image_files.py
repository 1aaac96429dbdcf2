"""Pictures on disk to arrays, and what is refused: truncated, no image at all, or too large to be one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from benchbench.errors import BadData

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) RGB. Grey and CMYK images are converted as the original DETR converts them.

    An orientation noted in the file (EXIF) is left alone: COCO's boxes are in the coordinates of the stored pixels, and
    the original does not turn images either. Raises BadData naming the file, also for one beyond Pillow's limit.
    """
    with _opened(path) as image:
        return np.array(image.convert("RGB"))


def decode_bytes(data: bytes, name: str) -> NDArray[np.uint8]:
    """As `decode`, of an encoded picture in memory that is called `name` in errors."""
    with _opened(name, io.BytesIO(data)) as image:
        return np.array(image.convert("RGB"))


def decode_grey16(path: Path) -> NDArray[np.uint16]:
    """(H, W) values of a 16-bit grey PNG. Raises BadData naming the file, also for one of another depth or colour."""
    with _opened(path) as image:
        if image.mode not in {"I;16", "I;16B", "I"}:
            raise BadData(
                f"{path} is no 16-bit grey image but has mode {image.mode}",
                "8 bits are a picture of depth, not depth; bring the original file",
            )
        values = np.array(image)
    if values.min(initial=0) < 0 or values.max(initial=0) > np.iinfo(np.uint16).max:
        raise BadData(f"{path} holds values that 16 bits cannot", "bring the original file")
    return values.astype(np.uint16)


@contextmanager
def _opened(path: Path | str, data: BinaryIO | None = None) -> Iterator[Image]:
    from PIL import Image

    try:
        with Image.open(path if data is None else data) as image:
            if Image.MAX_IMAGE_PIXELS and image.width * image.height > Image.MAX_IMAGE_PIXELS:
                raise Image.DecompressionBombError(f"{image.width}x{image.height} px exceed Pillow's limit")
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadData(f"{path} is refused: {error}", "is this an image of the data set?") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BadData(f"{path} cannot be decoded: {error}", "remove the file and fetch it again") from error
