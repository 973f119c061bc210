"""What the course keeps on disk for later: each part within its limit, checked when it is read, cleaned by age (10)."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .files import DAY, FULL, LEFT_BEHIND, cache_folder, remove, remove_left_behind

FEATURES, UNPACKED, NETWORKS, DROPPED, MADE = "features", "unpacked", "litert", "dropped", "made"
MOST = {  # bytes
    FEATURES: 2_000_000_000,
    UNPACKED: 8_000_000_000,
    NETWORKS: 200_000_000,
    DROPPED: 2_000_000_000,
    MADE: 20_000_000,
}
WORDS = {
    FEATURES: "features of pictures",
    UNPACKED: "unpacked zip files",
    NETWORKS: "converted networks",
    DROPPED: "lots of dropped files",
    MADE: "sets of made voices",
}
DAMAGED = "damaged"  # a file with a byte for each entry that was
OLD = {UNPACKED: 14 * DAY, DROPPED: 7 * DAY}  # after which what nobody has used goes
DIGEST = hashlib.sha256().digest_size
LARGEST_ENTRY = 100_000_000  # bytes


class Entry(NamedTuple):
    """A file, or a folder with all that is in it."""

    path: Path
    bytes: int
    used: float  # seconds since 1970


class Store:
    """Arrays on disk, each in a file of its own, with a checksum (notebook 10).

    A file is an array in NumPy's format behind the SHA-256 of its name and itself, so that nothing in it can run, and
    what was changed or cut short is noticed. It does not tell who wrote it: whoever can write to the folder can put
    other numbers there.

    Parameters
    ----------
    location : pathlib.Path
        The folder.
    most : int
        Bytes that it may hold. Of more, what was not used for longest goes.

    Attributes
    ----------
    location : pathlib.Path
        The folder.
    most : int
        Bytes that it may hold.
    full : bool
        Whether the disk had no room for the last array. No more are written then.
    """

    def __init__(self, location: Path, most: int) -> None:
        self.location, self.most, self.full = location, most, False
        self._size: int | None = None  # known when it was counted once

    def __len__(self) -> int:
        """How many arrays it holds."""
        return len(self.entries())

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return sum(entry.bytes for entry in self.entries())

    def entries(self) -> list[Entry]:
        """List what it holds. What a killed process left is removed."""
        return [entry for entry in _entries(self.location, depth=2) if len(entry.path.name) == 2 * DIGEST]

    def read(self, key: str) -> np.ndarray | None:
        """Return an array, if it is there, and whole.

        Parameters
        ----------
        key : str
            What it was kept under.
        """
        path = self._place(key)
        content = read_checked(path)
        try:
            return None if content is None else np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError, OSError):  # whole, but no plain array
            _drop_damaged(path)
            return None

    def write(self, key: str, array: np.ndarray) -> None:
        """Keep an array, if the disk has room; ``full`` says so, if not.

        Parameters
        ----------
        key : str
            What to keep it under.
        array : numpy.ndarray
            Numbers.
        """
        if self.full:
            return
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        try:
            written = write_checked(self._place(key), file.getvalue())
        except OSError as error:
            self.full = error.errno in FULL
            return
        if self._size is not None:
            self._size += written

    def trim(self) -> None:
        """Let go of what was not used for longest, if it holds more than it may."""
        if self._size is None or self._size > self.most:
            entries = self.entries()
            self._size = sum(entry.bytes for entry in entries)
            self._size -= _let_go(entries, self._size - self.most)

    def clear(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.location, ignore_errors=True)
        self._size = None

    def _place(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.location / name[:2] / name


def write_checked(path: Path, content: bytes) -> int:
    """Write a file whole or not at all, with a checksum before it.

    Parameters
    ----------
    path : pathlib.Path
        The file. One that is there is replaced.
    content : bytes
        What to keep.

    Returns
    -------
    int
        The bytes written.

    Raises
    ------
    OSError
        If it can't be written. There is nothing new then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, arriving = tempfile.mkstemp(dir=path.parent, prefix=".arriving-")
    try:
        with open(number, "wb") as file:
            file.write(_digest(path, content) + content)
        os.replace(arriving, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(arriving)
        raise
    return DIGEST + len(content)


def read_checked(path: Path) -> bytes | None:
    """Read what :func:`write_checked` wrote, if it is there, and whole. A damaged file is removed, and counted."""
    try:
        if path.stat().st_size > LARGEST_ENTRY:
            raise ValueError
        with open(path, "rb") as file:
            told, content = file.read(DIGEST), file.read()
        if told != _digest(path, content):
            raise ValueError
    except ValueError:
        _drop_damaged(path)
        return None
    except OSError:
        return None
    _touch(path)
    return content


def _drop_damaged(path: Path) -> None:
    """Remove a damaged entry, and count it."""
    with suppress(OSError):
        path.unlink()
        with open(cache_folder() / DAMAGED, "ab") as file:
            file.write(b"x")


def _digest(path: Path, content: bytes) -> bytes:
    """What tells that this is the content of a file of this name."""
    return hashlib.sha256(path.name.encode() + content).digest()


def make_room(kind: str, size: int) -> Path:
    """Let go of what was not used for longest, until there is room for something new; what is of today stays.

    Parameters
    ----------
    kind : str
        ``UNPACKED`` or ``DROPPED``.
    size : int
        Bytes of what is to come.

    Returns
    -------
    pathlib.Path
        The folder for it, which is made.

    Raises
    ------
    ValueError
        If there is more than may be. The message says what to do.
    """
    sweep()
    folder = cache_folder() / kind
    entries = list(_entries(folder))
    excess = sum(entry.bytes for entry in entries) + size - MOST[kind]
    if excess > 0:
        excess -= _let_go([entry for entry in entries if entry.used < time.time() - DAY], excess)
    if excess > 0:
        raise ValueError(
            f"it needs {size / 1e9:.1f} GB in {folder}, which may hold {MOST[kind] / 1e9:.0f} GB of {WORDS[kind]}; "
            "`python -m course_utils cache --clear` makes room there"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def use(path: Path) -> Path:
    """Note that something is in use, so that it stays.

    Parameters
    ----------
    path : pathlib.Path
        In the cache.

    Returns
    -------
    pathlib.Path
        The same.
    """
    with suppress(OSError):
        os.utime(path)
    return path


@cache
def sweep() -> None:
    """Remove what killed processes left, and what was not used for long; once for a process."""
    now = time.time()
    for kind in MOST:
        for entry in _entries(cache_folder() / kind):
            if entry.used < now - OLD.get(kind, float("inf")):
                remove(entry.path)
    shutil.rmtree(cache_folder() / FEATURES / "joblib", ignore_errors=True)  # as it was kept before, with pickle
    remove_left_behind(cache_folder())


def kept() -> dict[str, tuple[int, int]]:
    """Say what is kept (notebook 10).

    Returns
    -------
    dict
        For each of ``MOST``, how many there are, and their bytes.
    """
    found = {kind: list(_entries(cache_folder() / kind)) for kind in MOST}
    found[FEATURES] = Store(cache_folder() / FEATURES, MOST[FEATURES]).entries()
    return {kind: (len(entries), sum(entry.bytes for entry in entries)) for kind, entries in found.items()}


def count_damaged() -> int:
    """Say how many entries were found damaged, and made anew, since the cache was cleared last."""
    try:
        return (cache_folder() / DAMAGED).stat().st_size
    except OSError:
        return 0


def clear() -> None:
    """Remove all that is kept (notebook 10); downloads stay."""
    for name in (*MOST, DAMAGED):
        remove(cache_folder() / name)
    with suppress(OSError):
        for path in list(cache_folder().iterdir()):
            if path.name.startswith(LEFT_BEHIND):
                remove(path)


def _entries(folder: Path, depth: int = 1) -> Iterator[Entry]:
    """What lies so deep in a folder; what a killed process left there a day ago is removed."""
    remove_left_behind(folder)
    try:
        paths = [path for path in folder.iterdir() if not path.name.startswith(LEFT_BEHIND)]
    except OSError:
        return
    for path in paths:
        if depth > 1 and path.is_dir():
            yield from _entries(path, depth - 1)
            continue
        with suppress(OSError):
            found = path.stat()
            yield Entry(path, _size_of(path) if path.is_dir() else found.st_size, found.st_mtime)


def _size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    sizes = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                sizes += os.lstat(os.path.join(place, name)).st_size
    return sizes


def _let_go(entries: list[Entry], excess: int) -> int:
    """Remove entries, the one first that was not used for longest, until so many bytes are free; return how many."""
    freed = 0
    for entry in sorted(entries, key=lambda entry: entry.used):
        if freed >= excess:
            break
        remove(entry.path)
        freed += entry.bytes
    return freed


def _touch(path: Path) -> None:
    """Note that a file was used, if that was noted a day ago: a file is not written each time it is read."""
    with suppress(OSError):
        if path.stat().st_mtime < time.time() - DAY:
            os.utime(path)
