"""What names, folders and cameras tell of pictures that belong together (notebook 07)."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from .decode import open_image
from .names import USUAL
from .sets import normalize_label

EXPORT = re.compile(r"\.rf\.[0-9a-z]{16,}$")  # of Roboflow, one for each augmented copy: dog_jpg.rf.0a1b2c....jpg
COPY = re.compile(r"^copy of | - copy( \(\d+\))?$| copy( \d+)?$")  # of Windows, macOS and online drives
NUMBER = re.compile(r"^(.*?)(\d+)\)?$")
WITH_TIMES = ("JPEG", "MPO", "HEIF")
DETAILS, TAKEN, CAMERA = 0x8769, 0x9003, (0x010F, 0x0110)  # tags of EXIF
SECONDS = 2  # between two shots of a burst


def made_of_one(paths: Sequence[Path]) -> list[list[int]]:
    """Find pictures that were made of one, as their names say: augmented exports of it, and copies of its file.

    ``dog (4).jpg`` is none: that is how Windows numbers pictures.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Pictures of one class.

    Returns
    -------
    list of list of int
        Where they stand in ``paths``, for each picture that several were made of.
    """
    return _alike([_origin(path) for path in paths])


def _origin(path: Path) -> Hashable:
    """The picture that one was made of; an export may lie in another folder than the next."""
    stem = path.stem.casefold()
    if EXPORT.search(stem):
        return EXPORT.sub("", stem)
    while stem != (shorter := COPY.sub("", stem)):
        stem = shorter
    return path.parent, stem, path.suffix.casefold()


def sessions(paths: Sequence[Path], label: str) -> list[list[int]]:
    """Find the folders inside a class's own that its pictures lie in, as ``cat/monday`` and ``cat/friday``.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Pictures of one class.
    label : str
        The name of the class, and of its folder.

    Returns
    -------
    list of list of int
        Where the pictures of each folder stand in ``paths``; empty if all of them lie in one such folder.
    """
    inside = _inside(paths, label)
    if len(inside) < 2:
        return []
    found = defaultdict(list)
    for place, path in enumerate(paths):
        if inside[path.parent]:
            found[path.parent].append(place)
    return list(found.values())


def only_session(paths: Sequence[Path], label: str) -> str | None:
    """The one folder inside a class's own that all of its pictures lie in, if its name may tell of an occasion."""
    inside = _inside(paths, label)
    folder = next(iter(inside)) if len(inside) == 1 else None
    return folder.name if folder and inside[folder] and folder.name.casefold() not in USUAL else None


def _inside(paths: Sequence[Path], label: str) -> dict[Path, bool]:
    """The folders that pictures of a class lie in, and whether each is inside the class's own."""
    name = normalize_label(label).casefold()
    return {
        folder: name != normalize_label(folder.name).casefold()
        and name in (normalize_label(parent.name).casefold() for parent in folder.parents)
        for folder in {path.parent for path in paths}
    }


def numbered(paths: Iterable[Path]) -> list[tuple[int, int]]:
    """Pair the pictures whose names end in consecutive numbers, as ``frame-7.jpg`` and ``frame-8.jpg``."""
    place_of = {}
    for place, path in enumerate(paths):
        if found := NUMBER.match(path.stem):
            place_of[path.parent, found[1], int(found[2])] = place
    return [
        (place, place_of[folder, start, number + 1])
        for (folder, start, number), place in place_of.items()
        if (folder, start, number + 1) in place_of
    ]


def taken_together(paths: Sequence[Path]) -> Iterator[tuple[int, int]]:
    """Pair the pictures that one camera took within two seconds, by their EXIF data."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        told = [(*found, place) for place, found in enumerate(pool.map(_taken, paths)) if found]
    for (camera, time, first), (other, later, second) in pairwise(sorted(told)):
        if camera == other and (later - time).total_seconds() <= SECONDS:
            yield first, second


def _taken(path: Path) -> tuple[tuple[str, ...], datetime] | None:
    """The camera and the time of a photo. Damaged EXIF data count as none."""
    try:
        with open_image(path) as picture:
            if picture.format not in WITH_TIMES:
                return None
            told = picture.getexif()
            camera = tuple(str(told[tag]).strip("\0 ") for tag in CAMERA)
            return camera, datetime.strptime(str(told.get_ifd(DETAILS)[TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except Exception:
        return None


def _alike(keys: Iterable[Hashable]) -> list[list[int]]:
    """Where equal keys stand, if there are several."""
    found = defaultdict(list)
    for place, key in enumerate(keys):
        found[key].append(place)
    return [places for places in found.values() if len(places) > 1]
