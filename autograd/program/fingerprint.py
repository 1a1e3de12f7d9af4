"""One number for the text of everything that the machines are made of.

Numba keeps compiled code on disk and looks only at the file of the compiled function to see whether it is still good.
The machines are written with the help of other files; their fingerprint is part of the key. So are the numbers of the
instructions as this process knows them: a file may have been changed after it was imported.
"""

import hashlib
from pathlib import Path

from .vocabulary import CODES

_HERE = Path(__file__).parent
_FILES = [*sorted(_HERE.glob("*.py")), *sorted((_HERE.parent / "kernels").glob("*.py"))]
_TEXT = b"".join(path.read_bytes() for path in _FILES)
FINGERPRINT = hashlib.sha256(_TEXT + repr(CODES).encode()).hexdigest()
