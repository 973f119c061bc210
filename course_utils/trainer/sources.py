"""What is brought to the trainer: folders, zip files, tables, and pictures of a class that is named (notebook 07)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import NamedTuple

from ..pictures.archives import is_archive
from ..pictures.labelfiles import is_table

ZIP = ".zip"


class Source(NamedTuple):
    """What ``Session.add`` is given (notebook 07).

    ``place`` is a folder, a zip file or a table; or, with a ``label``, a list of picture and zip files.
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
    """Tell whether the class of a path can be typed: it is a picture, or a zip file of pictures (notebook 07)."""
    return path.is_file() and not is_table(path)


def sort_dropped(dropped: list[Path], label: str = "") -> list[Source]:
    """Say what to add of what was dropped together (notebook 07).

    Parameters
    ----------
    dropped : list of pathlib.Path
        Files and folders, in a folder of their own.
    label : str
        What loose pictures show, and zip files, which hold one class each then: as Teachable Machine exports them.
        Where folders are dropped too, those name their classes, and so do the folders in the zip files. Empty: names
        say it.

    Returns
    -------
    list of Source
        Each archive, then the pictures of the class named, then the rest, which is moved into a folder of its own.
    """
    zips = [path for path in dropped if path.is_file() and _is_brought_whole(path)]
    loose = [path for path in dropped if label and takes_label(path) and path not in zips]
    others = [path for path in dropped if path not in zips + loose]
    one_class = label and not any(path.is_dir() for path in dropped)
    sources = [Source([path], label) if one_class else Source(path) for path in zips]
    if loose:
        sources.append(Source(loose, label))
    if others:
        rest = others[0].parent.with_name(f"{others[0].parent.name}-folders")
        rest.mkdir()
        for path in others:
            path.rename(rest / path.name)
        sources.append(Source(rest))
    return sources


def _is_brought_whole(path: Path) -> bool:
    """Whether it is a zip file, or another archive, about which something has to be said. Documents may be zipped."""
    return path.suffix.lower() == ZIP or (is_archive(path) and not zipfile.is_zipfile(path))
