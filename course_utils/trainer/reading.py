"""What is brought to a session, read: label and part of each picture, and what was noticed (notebook 07)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..learning.known import NONE_OF_THESE
from ..pictures.archives import is_archive, unzip
from ..pictures.flat import Flat, look_at_flat
from ..pictures.layouts import name_by_filename
from ..pictures.levels import TRAINING, in_words
from ..pictures.parts import read_levels, read_parts
from ..pictures.sets import find_pictures, is_picture, normalize_label
from ..report import Finding, Report

Found = dict[Path, tuple[str, str]]  # label, and training, validation or test


class Way(NamedTuple):
    """A way to read what was brought, and its words. ``label`` is that of all pictures; empty, if nobody said it."""

    words: str
    label: str | None = None
    level: int | None = None


def read_places(places: Sequence[Path], label: str | None, level: int | None) -> tuple[Found, Report]:
    """Read folders, zip files and tables, or picture files (notebook 07).

    Parameters
    ----------
    places : sequence of pathlib.Path
        What was brought together.
    label : str, optional
        What all of it shows.
    level : int, optional
        Which level of folders names the classes; 0: the files' names do.

    Raises
    ------
    FileNotFoundError, ValueError
        If there are no labeled pictures, or nothing says clearly what they show.
    """
    found, report = _read_places(places, label, level)
    return {path: (spell_none(name), part) for path, (name, part) in found.items()}, report


def spell_none(label: str) -> str:
    """Write the label of pictures of no class in one way, as of ``None_of_these`` (notebook 07)."""
    plain = " ".join(label.replace("_", " ").replace("-", " ").split()).casefold()
    return NONE_OF_THESE if plain == NONE_OF_THESE else label


def _read_places(places: Sequence[Path], label: str | None, level: int | None) -> tuple[Found, Report]:
    if label is not None:
        return _label(places, label)
    if len(places) > 1 and all(map(is_picture, places)):
        return _read_files(places, level)
    found: Found = {}
    report = Report()
    for place in places:
        new, noticed = _read(place, level)
        found, report = found | new, report + noticed
    return found, report


def ways_to_read(place: Path | Sequence[Path], label: str | None = None) -> list[Way]:
    """List how what was brought could be read, the way that was taken first; none, where there is no doubt.

    Parameters
    ----------
    place : pathlib.Path, or a sequence of them
        What was brought.
    label : str, optional
        The class that was typed for it.
    """
    if not isinstance(place, Path):
        if all(map(is_picture, place)):
            return _ways_of_flat(look_at_flat(place), label)
        if len(place) > 1:
            return []
        (place,) = place
    if flat := look_at_flat(place):
        return _ways_of_flat(flat, label)
    levels = read_levels(place)
    ways = [Way(f"{in_words(classes)} (level {level})", level=level) for level, classes in levels.items()]
    if label is not None:
        several = any(len(classes) > 1 for classes in levels.values())
        return [Way("one, for all:", label), *ways] if several else []
    return ways if len(ways) > 1 else []


def _ways_of_flat(flat: Flat | None, label: str | None) -> list[Way]:
    if flat is None or label is not None or not flat.doubtful:
        return []
    names = [Way(f"those in the files' names: {in_words(flat.labels)}", level=0)] if flat.labels else []
    return [Way("one, for all:", flat.folder or ""), *names]


def _read(source: Path, level: int | None) -> tuple[Found, Report]:
    flat = look_at_flat(source) if level is None else None
    if flat and not flat.by_names:
        if not flat.folder:
            raise ValueError(_unclear(flat, f"{source} holds"))
        found, report = _label([source], flat.folder)
        return found, report + _noted(flat)
    parts = {
        part: pictures for part, pictures in read_parts(source, 0 if flat else level)._asdict().items() if pictures
    }
    found = {path: (label, part) for part, pictures in parts.items() for path, label in pictures.pairs()}
    report = sum((pictures.report for pictures in parts.values()), Report())
    return found, report + (_noted(flat) if flat else Report())


def _read_files(paths: Sequence[Path], level: int | None) -> tuple[Found, Report]:
    """Read pictures that are given one by one."""
    flat = look_at_flat(paths)
    assert flat, "there are pictures"
    if level is None and not flat.by_names:
        if not flat.folder:
            raise ValueError(_unclear(flat, "there are"))
        return {path: (flat.folder, TRAINING) for path in paths}, _noted(flat)
    named = name_by_filename(paths[0].parent, paths, [])
    return {path: (name, TRAINING) for path, name in named.pairs()}, named.report + _noted(flat)


def _unclear(flat: Flat, start: str) -> str:
    names = f" Their names would give {in_words(flat.labels)} (level=0)." if flat.labels else ""
    return (
        f"{start} {flat.pictures} pictures without folders for classes, and neither their names nor that of a folder "
        f"say clearly what they show. Say it (label='phone'), or sort them into a folder for each class.{names}"
    )


def _noted(flat: Flat) -> Report:
    """Say what named the classes, where no folders did, and what else could."""
    if flat.by_names:
        problem = f"classes from the files' names: {in_words(flat.labels)}"
        return Report([Finding("note", problem, (), "If all show the same, say what (label='phone').")])
    names = f" The files' names would give {in_words(flat.labels)} (level=0)." if len(flat.labels) > 1 else ""
    problem = f"no folders for classes: all {flat.pictures} pictures are {flat.folder!r}, as their folder is called"
    return Report([Finding("note", problem, (), f"If they show something else, say what (label='phone').{names}")])


def _label(files: Sequence[Path], label: str) -> tuple[Found, Report]:
    """Give one class to picture files, and to all pictures in folders and zip files; and say what else lies there."""
    label = normalize_label(label.strip())
    if not label:
        raise ValueError("the class has no name; type what the pictures show")
    found: Found = {}
    findings: list[Finding] = []
    for file in files:
        pictures, noticed = _pictures_in(file)
        found |= {path: (label, TRAINING) for path in pictures}
        findings += noticed
    return found, Report(findings)


def _pictures_in(file: Path) -> tuple[list[Path], list[Finding]]:
    """A picture file itself, or all pictures in a folder or zip file."""
    if file.is_dir():
        pictures, findings = find_pictures(file)
    elif not file.is_file():
        raise FileNotFoundError(f"{file} is no file; expected a picture, or a folder or zip file with pictures")
    elif is_archive(file):
        pictures, findings = find_pictures(unzip(file))  # how names are written doesn't matter: the label is given
    else:
        return [file], []
    if not pictures:
        raise ValueError(f"{file} holds no pictures.\n{Report(findings)}")
    return pictures, findings
