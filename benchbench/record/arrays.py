"""Arrays in an attachment, read as doubtfully as a record: it may be missing, damaged or made to do harm."""

from __future__ import annotations

import io
import zipfile
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.errors import BrokenRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 64 * 2**20
"""Of all arrays of a file, unpacked."""
MOST_ARRAYS = 1024


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file, in its order: numbers and truth values only, no pickles.

    Raises BrokenRecord, naming the file, for one that is missing, damaged, too large or holds anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if len(members) > MOST_ARRAYS or size > MOST_BYTES:
                raise ValueError(f"{len(members)} arrays of {size} bytes are more than are read")
            return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}
    except FileNotFoundError:
        raise BrokenRecord(f"{path.name} is missing") from None
    except Exception as error:  # a header is parsed as Python is, and fails in as many ways
        raise BrokenRecord(f"{path.name} cannot be read: {error}") from error


def _array(data: bytes) -> NDArray[Any]:
    import numpy as np

    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(file)
    if dtype.kind not in "biuf":
        raise ValueError(f"an array of {dtype} is no numbers")
    if prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError(f"{len(data) - file.tell()} bytes are no array {shape} of {dtype}")
    return np.frombuffer(data, dtype, prod(shape), file.tell()).reshape(shape, order="F" if is_fortran else "C")
