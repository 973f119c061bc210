"""Pictures in one folder, without a folder for each class: what names their class (notebook 07)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .archives import is_archive, unzip
from .filenames import SOURCES, classes_in, labels_in, read_names, says_something, words_in
from .groups import first_pieces
from .labelfiles import find_tables, read_label_files
from .levels import find_parts
from .parts import go_down, refuse_boxes
from .sets import find_pictures, normalize_label

LONG_NUMBER = re.compile(r"\d{4}")


class Flat(NamedTuple):
    """Pictures without folders for classes (notebook 07).

    ``folder`` is the name of the folder or zip file that all of them lie in, if it says anything. ``labels`` are those
    that the files' names would give, and ``clear`` tells whether the names follow the course's scheme.
    """

    pictures: int
    folder: str | None
    labels: tuple[str, ...]
    clear: bool

    @property
    def by_names(self) -> bool:
        """Whether the files' names are the classes: they say so clearly, and the folder's name does not come first."""
        return self.clear and (len(self.labels) > 1 or not self.folder)

    @property
    def doubtful(self) -> bool:
        """Whether another reading is likely."""
        return not self.by_names and (not self.folder or len(self.labels) > 1)


def look_at_flat(place: Path | Sequence[Path]) -> Flat | None:
    """Tell what could name the class of pictures that lie in one folder or zip file, or are given one by one.

    Parameters
    ----------
    place : pathlib.Path, or a sequence of them
        A folder, a zip file, or picture files.

    Returns
    -------
    Flat or None
        None, where folders, the parts of a data set or a table name classes, or there are no pictures.
    """
    if not isinstance(place, Path):
        folders = {path.parent for path in place}
        return _flat(list(place), [folder.name for folder in folders] if len(folders) == 1 else [])
    if not place.is_dir() and not (place.is_file() and is_archive(place)):
        return None
    top = place if place.is_dir() else unzip(place)
    pictures, _ = find_pictures(top)
    folder = go_down(top, pictures)
    parts = [one for folders in find_parts(folder, pictures).values() for one in folders]
    if not pictures or any(path.parent not in (parts or [folder]) for path in pictures):
        return None
    tables = read_label_files(top, pictures, find_tables(top))
    if tables.understood or tables.refused:
        return None
    refuse_boxes(pictures)
    names = [*reversed(folder.relative_to(top).parts), place.name if place.is_dir() else place.stem]
    return _flat(pictures, [] if parts else names)  # parts of one class are no data set


def _flat(pictures: Sequence[Path], folders: Iterable[str]) -> Flat:
    names = [normalize_label(path.name) for path in pictures]
    labels = {label.casefold(): label for label in classes_in(names) if label}
    telling = [normalize_label(name) for name in folders if says_something(name)]
    clear = names_are_clear(names) or first_pieces(names) is not None
    return Flat(len(names), next(iter(telling), None), tuple(sorted(labels.values())), clear)


def names_are_clear(names: Sequence[str]) -> bool:
    """Tell whether files are named after classes, as ``blue-1.png``: counted, and several of each (notebook 07).

    Examples
    --------
    >>> names_are_clear(["blue-1.png", "blue-2.png", "red-1.png", "red-2.png"])
    True
    >>> names_are_clear(["pexels-photo-1.jpg", "pexels-photo-2.jpg", "hand-holding-phone.jpg"])
    False
    """
    counts: Counter[str] = Counter()
    for label, read in zip(labels_in(names), read_names(names), strict=True):
        if not label or not read.counted or LONG_NUMBER.search(label) or SOURCES & set(words_in(label)):
            return False
        counts[label.casefold()] += 1
    return bool(counts) and min(counts.values()) > 1
