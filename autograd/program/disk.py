"""Compiled code on disk: where it is kept, and under which key.

Numba looks only at the file of a compiled function to see whether what it kept is still good. The machines are written
with the help of other files; a fingerprint of all of them is part of the key. So are the numbers of the instructions as
this process knows them: a file may have been changed after it was imported.
"""

import hashlib
import pickle
import sys
from functools import cache
from pathlib import Path

import numba
import numpy as np
from numba.core.registry import cpu_target

from autograd.kernels import disk

from .vocabulary import CODES

_HERE = Path(__file__).parent
_FILES = [*sorted(_HERE.glob("*.py")), *sorted((_HERE.parent / "kernels").glob("*.py"))]
_TEXT = b"".join(path.read_bytes() for path in _FILES)
FINGERPRINT = hashlib.sha256(_TEXT + repr(CODES).encode()).hexdigest()


@cache
def _key():
    """What compiled code is good for: these sources, this compiler, this processor."""
    versions = numba.__version__, np.__version__, sys.version, cpu_target.target_context.codegen().magic_tuple()
    return hashlib.sha256(repr((FINGERPRINT, versions)).encode()).hexdigest()[:16]


def load(codegen, symbol):
    """The library that was kept under a name, or None."""
    try:
        return codegen.unserialize_library(pickle.loads(disk.read(symbol, _key())))
    except Exception:  # not there, or not to be used: it is compiled anew
        return None


def save(library, symbol):
    """Keep a library under a name, in place of older ones."""
    disk.write(symbol, _key(), pickle.dumps(library.serialize_using_object_code()))
