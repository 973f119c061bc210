"""What is brought to the trainer: folders, zip files, tables, and pictures of a class that is named (notebook 07)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import NamedTuple

from ..pictures.archives import is_archive
from ..pictures.labelfiles import is_table
from ..pictures.sets import is_picture
from ..pictures.shown import call

ZIP = ".zip"


class Source(NamedTuple):
    """What ``Session.add`` is given (notebook 07).

    ``place`` is a folder, a zip file or a table; a list of picture files; or, with a
    ``label``, a list of any of these.
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


def source_of(path: Path, label: str = "") -> Source:
    """Say what to add of a path that was typed: a table holds labels of its own, all else takes the class typed."""
    return Source([path], label) if label and _takes_label(path) else Source(path)


def _takes_label(path: Path) -> bool:
    return path.exists() and not (path.is_file() and is_table(path))


def sort_dropped(dropped: list[Path], label: str = "") -> list[Source]:
    """Say what to add of what was dropped together (notebook 07).

    Parameters
    ----------
    dropped : list of pathlib.Path
        Files and folders, in a folder of their own.
    label : str
        What loose pictures show, a folder that comes by itself, and zip files, which hold one class each then: as
        Teachable Machine exports them. Several folders name their classes, and so do the folders in zip files beside
        them. Empty: names say it.

    Returns
    -------
    list of Source
        Each archive, then the pictures of the class named, then the rest: pictures alone as they are, or all of it,
        moved into a folder of its own.
    """
    if dropped:
        call(dropped[0].parent, "what was dropped")
    folders = [path for path in dropped if path.is_dir()]
    typed = label if len(folders) < 2 else ""
    zips = [path for path in dropped if path.is_file() and _is_brought_whole(path)]
    loose = [path for path in dropped if label and path not in zips + folders and _takes_label(path)]
    named = folders if typed and not any(map(is_table, dropped)) else []
    others = [path for path in dropped if path not in zips + loose + named]
    sources = [Source([path], typed) if typed and (named or not folders) else Source(path) for path in zips]
    if loose or named:
        sources.append(Source(loose + named, label))
    if len(others) > 1 and all(map(is_picture, others)):
        sources.append(Source(others))
    elif others:
        rest = others[0].parent.with_name(f"{others[0].parent.name}-folders")
        rest.mkdir()
        call(rest, "what was dropped")
        for path in others:
            path.rename(rest / path.name)
        sources.append(Source(rest))
    return sources


def _is_brought_whole(path: Path) -> bool:
    """Whether it is a zip file, or another archive, about which something has to be said. Documents may be zipped."""
    return path.suffix.lower() == ZIP or (is_archive(path) and not zipfile.is_zipfile(path))
