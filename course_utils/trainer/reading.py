"""What is brought to a session, read: label and part of each picture, and what was noticed (notebook 07)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..learning.known import NONE_OF_THESE
from ..pictures.archives import is_archive, unzip
from ..pictures.flat import Flat, look_at_flat
from ..pictures.groups import BY_NAMES, count_in_words, piece_of
from ..pictures.layouts import name_by_filename
from ..pictures.levels import TRAINING, in_words
from ..pictures.parts import read_levels, read_parts
from ..pictures.sets import find_pictures, groups_of, is_picture, normalize_label
from ..report import Finding, Report

Found = dict[Path, tuple[str, str]]  # label, and training, validation or test


class Brought(NamedTuple):
    """What was read: label and part of each picture, what was noticed, and the groups that are known (notebook 07)."""

    found: Found
    report: Report = Report()
    groups: Mapping[Path, str] = MappingProxyType({})

    def noted(self, report: Report) -> Brought:
        """The same, and what else was noticed."""
        return self._replace(report=self.report + report)


class Way(NamedTuple):
    """A way to read what was brought, and its words. ``label`` is that of all pictures; empty, if nobody said it."""

    words: str
    label: str | None = None
    level: int | None = None


def read_places(places: Sequence[Path], label: str | None, level: int | None, together: int | None = None) -> Brought:
    """Read folders, zip files and tables, or picture files (notebook 07).

    Parameters
    ----------
    places : sequence of pathlib.Path
        What was brought together.
    label : str, optional
        What all of it shows.
    level : int, optional
        Which level of folders names the classes; 0: the files' names do.
    together : int, optional
        Which piece of the files' names tells who or what they belong to, as for ``PictureSet.grouped``.

    Raises
    ------
    FileNotFoundError, ValueError
        If there are no labeled pictures, nothing says clearly what they show, or a name has no such piece.
    """
    brought = _read_places(places, label, level)
    if together is not None and brought.found:
        brought = _grouped(brought, together)
    found = {path: (spell_none(name), part) for path, (name, part) in brought.found.items()}
    return brought._replace(found=found)


def _grouped(brought: Brought, piece: int) -> Brought:
    """Group what was brought by a piece of its names, whatever was understood before."""
    groups = {path: piece_of(path, piece) for path in brought.found}
    problem = f"kept together by piece {piece} of their names: {count_in_words(groups.values())}"
    note = Finding("note", problem, (), "Each group is held back whole, or not at all.")
    others = (finding for finding in brought.report if not finding.problem.startswith(BY_NAMES))
    return Brought(brought.found, Report([*others, note]), groups)


def spell_none(label: str) -> str:
    """Write the label of pictures of no class in one way, as of ``None_of_these`` (notebook 07)."""
    plain = " ".join(label.replace("_", " ").replace("-", " ").split()).casefold()
    return NONE_OF_THESE if plain == NONE_OF_THESE else label


def _read_places(places: Sequence[Path], label: str | None, level: int | None) -> Brought:
    if label is not None:
        return _label(places, label)
    if len(places) > 1 and all(map(is_picture, places)):
        return _read_files(places, level)
    whole = Brought({})
    for new in (_read(place, level) for place in places):
        whole = Brought(whole.found | new.found, whole.report + new.report, {**whole.groups, **new.groups})
    return whole


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


def _read(source: Path, level: int | None) -> Brought:
    flat = look_at_flat(source) if level is None else None
    if flat and not flat.by_names:
        if not flat.folder:
            raise ValueError(_unclear(flat, f"{source} holds"))
        return _label([source], flat.folder).noted(_noted(flat))
    parts = {
        part: pictures for part, pictures in read_parts(source, 0 if flat else level)._asdict().items() if pictures
    }
    found = {path: (label, part) for part, pictures in parts.items() for path, label in pictures.pairs()}
    report = sum((pictures.report for pictures in parts.values()), Report())
    return Brought(found, report, groups_of(*parts.values())).noted(_noted(flat) if flat else Report())


def _read_files(paths: Sequence[Path], level: int | None) -> Brought:
    """Read pictures that are given one by one."""
    flat = look_at_flat(paths)
    assert flat, "there are pictures"
    if level is None and not flat.by_names:
        if not flat.folder:
            raise ValueError(_unclear(flat, "there are"))
        return Brought({path: (flat.folder, TRAINING) for path in paths}, _noted(flat))
    named = name_by_filename(paths[0].parent, paths, [])
    found = {path: (name, TRAINING) for path, name in named.pairs()}
    return Brought(found, named.report + _noted(flat), groups_of(named))


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


def _label(files: Sequence[Path], label: str) -> Brought:
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
    return Brought(found, Report(findings))


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
