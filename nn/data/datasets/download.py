"""Downloading a file: from several mirrors, resumed where it broke off, checked, and put in its place in one move."""

import os
from contextlib import contextmanager
from pathlib import Path

from autograd.errors import AutogradError

CHUNK = 1 << 16
TIMEOUT = 30  # seconds without a byte after which a connection counts as broken
ATTEMPTS = 4  # at one mirror, each going on where the last one broke off


class DownloadError(AutogradError, RuntimeError, OSError):
    """A file that no mirror could give."""


def md5_of(path):
    """The MD5 checksum of a file, as hexadecimal text."""
    import hashlib  # here, and what is imported in functions below: a third of the time that it takes to import nn

    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(name, mirrors, folder, md5, progress=True):
    """Download file `name` from the first of `mirrors` that gives it whole, into `folder`. Returns its path.

    What has arrived stands in `name.part` until it is complete and its checksum right, and is gone on with after a
    break, also by a later call. A file that is there already and has the right checksum is not fetched again.

    md5       expected checksum
    progress  show a bar

    Raises DownloadError, which says for each mirror what went wrong.
    """
    folder = Path(folder)
    target, part = folder / name, folder / f"{name}.part"
    if target.exists() and md5_of(target) == md5:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    failures = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{name}"
        failure = _from_mirror(url, part, md5, progress)
        if failure is None:
            os.replace(part, target)
            return target
        failures.append(f"  {url}: {failure}")
    raise DownloadError(
        f"{name} could not be downloaded:\n"
        + "\n".join(failures)
        + f"\nPut the file into {folder} by other means, or use "
        "the digits that need no download: nn.data.Digits"
    )


def _from_mirror(url, part, md5, progress):
    """Fetch `url` into `part`, with the right checksum. Returns None, or in words what went wrong."""
    from http.client import HTTPException
    from urllib.error import HTTPError

    failure = ""
    for _ in range(ATTEMPTS):
        resumed = part.exists() and part.stat().st_size > 0
        try:
            _transfer(url, part, progress)
        except HTTPError as error:
            error.close()
            if not (error.code == 416 and resumed):  # 416: the part is as long as the file or longer
                return f"the server answered {error.code} {error.reason}"
        except (OSError, HTTPException) as error:
            failure = f"the connection failed: {getattr(error, 'reason', None) or error or type(error).__name__}"
            continue
        if md5_of(part) == md5:
            return None
        failure = "what arrived has another checksum than the file should have"
        part.unlink()
        if not resumed:
            break
    return failure


def _transfer(url, part, progress):
    """Go on from where `part` ends; from the start if the server cannot do that. Raises OSError at a break."""
    from urllib.request import Request, urlopen

    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "gradwalk", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with urlopen(Request(url, headers=headers), timeout=TIMEOUT) as answer:
        if have and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            have = 0
        left = answer.headers.get("Content-Length")
        total = None if left is None else have + int(left)
        with part.open("ab" if have else "wb") as file, _bar(part.stem, have, total, progress) as advance:
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                advance(len(chunk))
        if total is not None and part.stat().st_size < total:
            raise ConnectionError(f"it broke off after {part.stat().st_size} of {total} bytes")


@contextmanager
def _bar(name, done, total, shown):
    """A progress bar; gives the function that moves it on."""
    if not shown:
        yield lambda size: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()) as progress:
        task = progress.add_task(name, completed=done, total=total)
        yield lambda size: progress.advance(task, size)
