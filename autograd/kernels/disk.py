"""Machine code on disk: beside the sources, else where the user's programs keep such things, or in NUMBA_CACHE_DIR."""

import contextlib
import hashlib
import os
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_DIGEST = hashlib.sha256().digest_size


def folders():
    """Where to look for machine code, and where to write it if the ones before cannot be written."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(chosen) / "gradwalk"]
    return [_HERE / "__pycache__", _of_the_user() / "gradwalk"]


def _of_the_user():
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _file(name, key):
    return f"{name}.{sys.implementation.cache_tag}-{key}.code"


def read(name, key):
    """The bytes that were kept under a name and a key; None if there are none, or damaged ones."""
    for folder in folders():
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: who has no home
            kept = (folder / _file(name, key)).read_bytes()
            if hashlib.sha256(kept[_DIGEST:]).digest() == kept[:_DIGEST]:
                return kept[_DIGEST:]
    return None


def write(name, key, code):
    """Keep bytes under a name and a key, in place of older ones; whether there was a place for them."""
    for folder in folders():
        with contextlib.suppress(OSError, RuntimeError):
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob(_file(name, "?" * len(key))):
                old.unlink()
            fresh = folder / f"{_file(name, key)}.{os.getpid()}"
            fresh.write_bytes(hashlib.sha256(code).digest() + code)
            fresh.replace(folder / _file(name, key))
            return True
    return False
