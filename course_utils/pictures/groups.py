"""Who or what belongs together, by the files' names: speakers, sessions, patients (notebook 11)."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from ..report import Finding
from .sound import sound_endings

CUT = re.compile(r"[_.\s-]+")
BY_NAMES = "kept together by their names"  # how the note begins
NOHASH = re.compile(r"(.+)_nohash_\d+")  # Speech Commands: the speaker, then which of the takes (its README)
SHOWN = 6  # groups in a sentence


class ByNames(NamedTuple):
    """The group of each file, and which piece of the names tells it, counted from 1 (notebook 11)."""

    piece: int
    groups: dict[Path, str]

    @property
    def note(self) -> Finding:
        """Say what was understood, and how to say otherwise."""
        other = 1 if self.piece > 1 else 2
        remedy = (
            f"They are piece {self.piece} of each name. If it is another, say which: pictures.grouped({other}), or "
            f"trainer.add(..., together={other}); if it is none: pictures._replace(groups=())."
        )
        return Finding("note", f"{BY_NAMES}: {count_in_words(self.groups.values())}", (), remedy)


def all_sounds(paths: Iterable[PurePath]) -> bool:
    """Tell by their endings whether all files are sounds (notebook 11)."""
    return all(path.suffix.lower() in sound_endings() for path in paths)


def noun_for(paths: Collection[PurePath]) -> str:
    """Say what these files are: recordings or pictures (notebook 11)."""
    return "recordings" if paths and all_sounds(paths) else "pictures"


def counted(paths: Collection[PurePath], part: str = "") -> str:
    """Say how many files these are: ``1 picture``, ``12 recordings`` or ``2 training pictures`` (notebook 11)."""
    noun = noun_for(paths)
    return " ".join(filter(None, [str(len(paths)), part, noun if len(paths) != 1 else noun[:-1]]))


def count_in_words(groups: Iterable[str]) -> str:
    """Say how many groups there are, and name some (notebook 11)."""
    names = sorted(set(groups))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {'group' if len(names) == 1 else 'groups'} ({', '.join(names[:SHOWN])}{more})"


def pieces_of(name: str) -> list[str]:
    """Cut a file's name at ``_``, ``-``, ``.`` and blanks, without its ending and in small letters (notebook 11).

    Examples
    --------
    >>> pieces_of("7_George_5.wav")
    ['7', 'george', '5']
    """
    stem = unicodedata.normalize("NFC", PurePath(name).stem).casefold()
    return [piece for piece in CUT.split(stem) if piece]


def piece_of(path: Path, number: int) -> str:
    """Take one piece of a file's name, counted from 1 (notebook 11).

    Raises
    ------
    ValueError
        If the name has no such piece.
    """
    if number < 1:
        raise ValueError(f"got piece {number}; pieces of a name are counted from 1")
    pieces = pieces_of(path.name)
    if len(pieces) < number:
        told = f"{len(pieces)}: {', '.join(pieces)}" if pieces else "none"
        raise ValueError(f"the name {path.name} has no piece {number}; its pieces are {told}")
    return pieces[number - 1]


def first_pieces(names: Sequence[str]) -> list[str] | None:
    """Name the class of sounds in one folder, as ``7_george_5.wav`` does: its first piece (notebook 11).

    Parameters
    ----------
    names : sequence of str
        The files' names.

    Returns
    -------
    list of str or None
        None, if a later piece of the names does not tell groups, or not all are sounds.
    """
    rows = _rows(names)
    if rows is None:
        return None
    labels = [row[0] for row in rows]
    if _group_at(rows, labels, first=1) is None:
        return None
    stems = [unicodedata.normalize("NFC", PurePath(name).stem) for name in names]
    return [next(filter(None, CUT.split(stem))) for stem in stems]


def by_names(pairs: Sequence[tuple[Path, str]]) -> ByNames | None:
    """Find the piece of the names of labeled sounds that tells who speaks, or what else they share (notebook 11).

    Parameters
    ----------
    pairs : sequence of (pathlib.Path, str)
        The sounds, each with its label.

    Returns
    -------
    ByNames or None
        None, if there is no such piece, or not all are sounds: of pictures, names are not asked.

    Notes
    -----
    All names must have as many pieces. The values of the piece are words, at least two, and each is in two names or
    more, and together with half of the classes, two at least. Of several such pieces, one without digits counts first,
    then the one with the most values. Names as in Google's Speech Commands, ``0a7c2a8d_nohash_0.wav``, tell the speaker
    wherever one speaks twice; files beside them are groups by themselves.
    """
    if told := _before_nohash([path for path, _ in pairs]):
        return told
    rows = _rows([path.name for path, _ in pairs])
    place = _group_at(rows, [label for _, label in pairs]) if rows else None
    if rows is None or place is None:
        return None
    return ByNames(place + 1, {path: row[place] for (path, _), row in zip(pairs, rows, strict=True)})


def _before_nohash(paths: Sequence[Path]) -> ByNames | None:
    """The speakers, where names say them as in Speech Commands, and some speak twice."""
    if not all_sounds(paths):
        return None
    found = {path: NOHASH.fullmatch(path.stem.casefold()) for path in paths}
    groups = {path: match[1] for path, match in found.items() if match}
    return ByNames(1, groups) if len(set(groups.values())) < len(groups) else None


def _rows(names: Sequence[str]) -> list[list[str]] | None:
    """The pieces of the names of sounds, if all have as many, and at least two."""
    if not names or not all_sounds(map(PurePath, names)):
        return None
    rows = [pieces_of(name) for name in names]
    return rows if len(set(map(len, rows))) == 1 and len(rows[0]) > 1 else None


def _group_at(rows: list[list[str]], labels: Sequence[str], first: int = 0) -> int | None:
    """The place of the piece that tells groups, from a place on."""
    found = [place for place in range(first, len(rows[0])) if _tells_groups([row[place] for row in rows], labels)]

    def fit(place: int) -> tuple[bool, int, int]:
        values = {row[place] for row in rows}
        return not any(map(_has_digit, values)), len(values), -place

    return max(found, key=fit, default=None)


def _has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _tells_groups(values: Sequence[str], labels: Sequence[str]) -> bool:
    counts, classes = Counter(values), defaultdict(set)
    if len(counts) < 2 or min(counts.values()) < 2 or any(not re.search(r"[^\W\d_]", value) for value in counts):
        return False
    for value, label in zip(values, labels, strict=True):
        classes[value].add(label)
    fewest = max(2, len(set(labels)) / 2)
    return all(len(own) >= fewest for own in classes.values())


def spare_groups(groups: Sequence[str], labels: Sequence[str]) -> list[str]:
    """List the groups without which each class has something left, sorted (notebook 11).

    Parameters
    ----------
    groups, labels : sequence of str
        One for each picture.
    """
    own = _groups_by_class(groups, labels)
    alone = {next(iter(names)) for names in own.values() if len(names) == 1}
    return sorted(set(groups) - alone)


def choose_groups(groups: Sequence[str], labels: Sequence[str], share: float, seed: int) -> set[str]:
    """Choose the groups to hold back, the same ones for all classes (notebook 11).

    Parameters
    ----------
    groups, labels : sequence of str
        One for each picture.
    share : float
        How much of all to hold back: those are taken that come near it.
    seed : int
        Chooses which.

    Returns
    -------
    set of str
        At least one, and never one without which a class would have nothing left; empty, if there is no other. Where
        a class would not be judged, its smallest group joins them, as long as no more than half of all is held back.
    """
    sizes, own = Counter(groups), _groups_by_class(groups, labels)
    classes_of, left = defaultdict(list), {label: len(names) for label, names in own.items()}
    for label, names in own.items():
        for name in names:
            classes_of[name].append(label)
    order = sorted(sizes)
    random.Random(seed).shuffle(order)
    wanted, held, count = min(max(1, round(len(groups) * share)), len(groups) - 1), set[str](), 0

    def is_spare(name: str) -> bool:
        return name not in held and all(left[label] > 1 for label in classes_of[name])

    def hold(name: str) -> int:
        held.add(name)
        left.update({label: left[label] - 1 for label in classes_of[name]})
        return sizes[name]

    for name in order:
        if abs(count + sizes[name] - wanted) < abs(count - wanted) and is_spare(name):
            count += hold(name)
    for name in [] if held else sorted(filter(is_spare, order), key=lambda name: sizes[name])[:1]:
        count += hold(name)
    for names in own.values():
        spare = [name for name in order if name in names and is_spare(name)] if not names & held else []
        smallest = min(spare, key=lambda name: sizes[name], default=None)
        if smallest is not None and 2 * (count + sizes[smallest]) <= len(groups):
            count += hold(smallest)
    return held


def join_groups(group_of: Mapping[Path, str], together: Iterable[Collection[Path]]) -> dict[Path, str]:
    """Make one group of those that near-copies of one picture lie in (notebook 11).

    Parameters
    ----------
    group_of : mapping of pathlib.Path to str
        The group of each picture.
    together : iterable of collections of pathlib.Path
        Pictures that stay together. Others than those of ``group_of`` don't count.
    """
    leads = {name: name for name in group_of.values()}

    def find(name: str) -> str:
        while leads[name] != name:
            name = leads[name]
        return name

    for some in together:
        touched = {find(group_of[path]) for path in some if path in group_of}
        leads.update(dict.fromkeys(touched, min(touched, default="")))
    return {path: find(name) for path, name in group_of.items()}


def _groups_by_class(groups: Sequence[str], labels: Sequence[str]) -> dict[str, set[str]]:
    own: dict[str, set[str]] = defaultdict(set)
    for group, label in sorted(set(zip(groups, labels, strict=True)), key=lambda pair: pair[1]):
        own[label].add(group)
    return own
