"""Small programs in interpreters of their own: for what can only be measured from the start."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run_program(code, **environment):
    """Run Python code in a new interpreter; what it prints. Raises RuntimeError with its errors where it fails."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    # Installed packages come with their bytecode; without writing it, this one alone would be compiled at each start.
    surroundings = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**surroundings, "PYTHONPATH": path, **environment},
    )
    if done.returncode:
        raise RuntimeError(f"a program of the benchmark failed:\n{code}\n{done.stderr}")
    return done.stdout.strip()
