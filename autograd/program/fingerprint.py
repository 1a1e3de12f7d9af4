"""One number for the text of everything that the machines are made of.

Numba keeps compiled code on disk and looks only at the file of the compiled function to see whether it is still good.
The machines are written with the help of other files; their fingerprint is part of the key.
"""

import hashlib
from pathlib import Path

_HERE = Path(__file__).parent
_FILES = [*sorted(_HERE.glob("*.py")), *sorted((_HERE.parent / "kernels").glob("*.py"))]
FINGERPRINT = hashlib.sha256(b"".join(path.read_bytes() for path in _FILES)).hexdigest()
