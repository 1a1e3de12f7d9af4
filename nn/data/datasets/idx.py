"""The IDX format of the MNIST files: a header with dtype and shape, then the numbers, big-endian; plain or gzipped."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from autograd.errors import AutogradError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"


class DataFileError(AutogradError, RuntimeError, ValueError):
    """A data file that is truncated, corrupt, or not what it should be."""


def read_idx(path):
    """The array in an IDX file, in the machine's byte order.

    The file begins with two zero bytes, the dtype's code, the number of axes, then the length of each axis as four
    bytes; the numbers follow. A gzipped file is known by its first bytes, whatever its name.

    Raises DataFileError for a file that is no IDX file, ends too early or too late, or whose compression is damaged.

    Source: LeCun, Cortes and Burges, “The MNIST database”.
    """
    path = Path(path)
    with path.open("rb") as file:
        gzipped = file.read(2) == GZIP
    try:
        with gzip.open(path, "rb") if gzipped else path.open("rb") as file:
            return _parse(file, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(
            f"{path} is damaged or was cut off while it was copied ({error}); delete it and download it again"
        ) from error


def _parse(file, path):
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in DTYPES:
        raise DataFileError(
            f"{path} is no IDX file: it begins with {head!r}; a page of a web site or another file may have been saved "
            "under this name: delete it and download it again"
        )
    dtype, axes = np.dtype(DTYPES[head[2]]), head[3]
    lengths = file.read(4 * axes)
    shape = tuple(int.from_bytes(lengths[4 * i : 4 * i + 4], "big") for i in range(axes))
    expected = math.prod(shape) * dtype.itemsize
    body = _at_most(expected + 1, file)
    if len(lengths) < 4 * axes or len(body) < expected:
        raise DataFileError(
            f"{path} ends too early: its header promises {expected} bytes of numbers of shape {shape}, there are "
            f"{len(body)}; delete it and download it again"
        )
    if len(body) > expected:
        raise DataFileError(
            f"{path} goes on after the {expected} bytes that its header promises, so one of them is wrong; delete it "
            "and download it again"
        )
    return np.frombuffer(body, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _at_most(size, file):
    """Up to `size` bytes; piece by piece, since a damaged header may promise more than there is memory for."""
    body = bytearray()
    while len(body) < size and (piece := file.read(min(size - len(body), 1 << 20))):
        body += piece
    return body
