"""What is brought to the trainer: folders, zip files, tables, and pictures of a class that is named (notebook 07)."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from ..pictures.labelfiles import is_table

ZIP = ".zip"


class Source(NamedTuple):
    """What ``Session.add`` is given (notebook 07).

    ``place`` is a folder, a zip file or a table; or, with a ``label``, a list of picture files.
    """

    place: Path | list[Path]
    label: str | None = None


def clean_path(typed: str | Path) -> Path:
    """Make the path that is meant of one that was typed or copied (notebook 07).

    Blanks and quotes around it go, ``~`` is the home folder, and a relative path is made absolute, so that it stays the
    same when the current folder changes.
    """
    plain = typed.strip().strip("\"'").strip() if isinstance(typed, str) else typed
    return Path(os.path.abspath(Path(plain).expanduser()))


def takes_label(path: Path) -> bool:
    """Tell whether the class of a path can be typed: it is a file, and neither a zip file nor a table (notebook 07)."""
    return path.is_file() and path.suffix.lower() != ZIP and not is_table(path)


def sort_dropped(dropped: list[Path], label: str = "") -> list[Source]:
    """Say what to add of what was dropped together (notebook 07).

    Parameters
    ----------
    dropped : list of pathlib.Path
        Files and folders, in a folder of their own.
    label : str
        What loose pictures show. Empty: their names say it.

    Returns
    -------
    list of Source
        Each zip file, then the pictures of the class named, then the rest, which is moved into a folder of its own.
    """
    zips = [path for path in dropped if path.is_file() and path.suffix.lower() == ZIP]
    loose = [path for path in dropped if label and takes_label(path)]
    others = [path for path in dropped if path not in zips + loose]
    sources = [Source(path) for path in zips]
    if loose:
        sources.append(Source(loose, label))
    if others:
        rest = Path(tempfile.mkdtemp(dir=others[0].parent.parent))
        for path in others:
            path.rename(rest / path.name)
        sources.append(Source(rest))
    return sources
