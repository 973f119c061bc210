"""What is brought to the trainer: folders, zip files, tables, and pictures of a class that is named (notebook 07)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

ZIP = ".zip"
TABLES = (".csv", ".tsv", ".txt")


class Source(NamedTuple):
    """What ``Session.add`` is given (notebook 07).

    ``place`` is a folder, a zip file or a table; or, with a ``label``, a list of picture files.
    """

    place: Path | list[Path]
    label: str | None = None


def is_table(path: Path) -> bool:
    """Tell by its name whether a file is a table (notebook 07)."""
    return path.suffix.lower() in TABLES


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
