"""Files that arrive from a browser in pieces, and where they are kept (notebook 07)."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ..files import log_error

KEPT = "my-pictures"  # beside the notebook, where its owner finds them, and a program tomorrow


class Arrivals:
    """Puts each lot of files into a folder of its own, and hands that on (notebook 07).

    Parameters
    ----------
    on_lot : callable
        Is given the folder, and the message that ended the lot.
    keep : bool
        Keep the files in ``my-pictures`` in the current folder, if that can be written to. Otherwise they go when the
        kernel does.
    """

    def __init__(self, on_lot: Callable[[Path, dict], None], keep: bool = False) -> None:
        self._on_lot, self._keep, self._all = on_lot, keep, Path()
        self._until_closed: tempfile.TemporaryDirectory | None = None
        self._folder: Path | None = None  # of the lot that is arriving
        self._path: Path | None = None  # of the file that is arriving

    def write(self, message: dict, content: memoryview) -> None:
        """Write a piece of a file (notebook 07).

        Parameters
        ----------
        message : dict
            The ``name`` of the file; ``lot`` and ``file`` say whether it is the first piece of these. Where ``burst``
            says so, the lot is one burst of a camera, and the name of its folder tells it.
        content : memoryview
            At most 1 MB.
        """
        if message["lot"] or self._folder is None:
            self._folder = self._make_folder("burst" if message.get("burst") else "lot")
        if message["file"] or self._path is None:
            self._path = free_path(self._folder / safe_name(message["name"]))
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            file.write(content)

    def end(self, message: dict) -> None:
        """Hand the lot on, if there is one (notebook 07)."""
        if self._folder:
            folder, self._folder = self._folder, None
            self._on_lot(folder, message)

    def _make_folder(self, kind: str) -> Path:
        """A new folder for a lot: where its owner finds it again, or one that goes when the kernel does."""
        try:
            if self._keep:
                self._all = Path.cwd() / KEPT
                self._all.mkdir(exist_ok=True)
                return _numbered(self._all, kind)
        except OSError as error:
            log_error(error)
        if self._until_closed is None:
            self._until_closed = tempfile.TemporaryDirectory(prefix="dropped-", ignore_cleanup_errors=True)
        self._all = Path(self._until_closed.name)
        return _numbered(self._all, kind)

    def shorten(self, words: str) -> str:
        """Leave out the folder that all was dropped into, whose name tells nobody anything (notebook 07)."""
        return re.sub(re.escape(str(self._all)) + r"[/\\][\w-]+[/\\]?", "", words)


def _numbered(folder: Path, kind: str) -> Path:
    """A new folder in it, with the next number."""
    for number in itertools.count(1):
        try:
            (new := folder / f"{kind}-{number}").mkdir()
        except FileExistsError:
            continue
        return new
    raise AssertionError("numbers do not end")


def safe_name(name: str) -> str:
    """Make a relative path that stays inside its folder on every system (notebook 07)."""
    parts = [re.sub(r'[<>:"|?*\\\x00-\x1f]', "_", part) for part in PurePosixPath(name).parts]
    return "/".join(part for part in parts if part not in ("/", ".", "..")) or "unnamed"


def free_path(path: Path) -> Path:
    """Find a path that no file has: this one, or one with a number in its name (notebook 07)."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
