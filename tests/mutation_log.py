"""What became of each planted mistake, kept in a file, so that a long run may be stopped, shared out and gone on with.

A mistake is known by its function's code and its number in it: what has changed since is tried again.
"""

import ast
import hashlib
import json
from pathlib import Path


class Log(dict):
    """{key of a mistake: whether it was found}; without a file only in memory."""

    def __init__(self, file=None):
        super().__init__()
        self.file = file and Path(file)
        self.read()

    def read(self):
        """Take in what other processes wrote meanwhile."""
        if self.file and self.file.exists():
            self.update(json.loads(line) for line in self.file.read_text(encoding="utf-8").splitlines())

    def write(self, key, found):
        self[key] = found
        if self.file:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, found]) + "\n")


def key_of(kind, place, number):
    """The name under which the outcome of a mistake is kept."""
    file = Path(place.function.__code__.co_filename).stem
    code = hashlib.sha256(ast.dump(place.tree).encode()).hexdigest()[:12]
    return f"{kind} {file}.{place.name} {code} {number}"


def reasons(harmless, name, was, now):
    """Entries of the list of harmless mistakes that say why one changes nothing that matters."""
    return [entry for entry in harmless if name == entry[0] and entry[1] in (was, "*") and entry[2] in (now, "*")]
