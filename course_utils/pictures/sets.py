"""Labeled pictures: what a set of them holds, and the files that it is made of (notebooks 05 and 07)."""

from __future__ import annotations

import os
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from ..report import Finding, Report
from .decode import FORMATS, open_image
from .formats import is_sound, kind_of, require_file
from .groups import (
    BY_NAMES,
    by_names,
    choose_groups,
    join_groups,
    noun_for,
    piece_of,
)
from .shown import UNSEEN, shown
from .sound import sound_endings

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "@eadir"}  # and everything whose name starts with a dot
JUNK |= {"$recycle.bin", "recycler", "#recycle", "@recycle", "system volume information", "lost+found", "icon\r"}
ARCHIVES = {".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"}
GROUPS = {  # of files that are no pictures
    "picture": "pictures that can't be read",
    "sound": "sounds that can't be read",
    "archive": "archives that are not opened",
}
NO_PICTURES = "files that are no pictures"
RENAME = " To use one, give it the ending of its kind: .wav, .flac, .ogg or .mp3."
CLOSED = "What lies in them is left out. Allow it to be read, or copy them to a folder of your own."


class PictureSet(NamedTuple):
    """Labeled pictures: ``paths[i]`` shows ``labels[i]`` (notebook 05).

    ``classes`` lists each label once, in the order of the network's outputs. ``report`` says what was noticed,
    and names each file that was left out. ``groups`` is empty, or names who or what each picture belongs to: its
    speaker, its session, its patient. What is of one group is held back together, so that the accuracy tells of others.
    """

    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    report: Report = Report()
    groups: tuple[str, ...] = ()

    @property
    def sounds(self) -> bool:
        """Whether these are sounds, which are read as pictures (notebook 11)."""
        return bool(self.paths) and self.paths[0].suffix.lower() in sound_endings()

    def pairs(self) -> list[tuple[Path, str]]:
        """List each picture with its label."""
        return list(zip(self.paths, self.labels, strict=True))

    def only(self, paths: Iterable[str | Path]) -> PictureSet:
        """Keep these pictures only, in the order of the set. The classes stay.

        Raises
        ------
        ValueError
            If one is not in the set.
        """
        wanted = self._known(paths)
        return self._of((path, label) for path, label in self.pairs() if path in wanted)

    def without(self, paths: Iterable[str | Path]) -> PictureSet:
        """Leave these pictures out. The classes stay.

        Raises
        ------
        ValueError
            If one is not in the set.
        """
        unwanted = self._known(paths)
        return self._of((path, label) for path, label in self.pairs() if path not in unwanted)

    def relabel(self, label_of: Mapping[Path, str]) -> PictureSet:
        """Give some pictures another label. A new class joins the others, sorted; one that loses its last picture goes.

        Parameters
        ----------
        label_of : mapping of pathlib.Path to str
            The new label of each of these pictures.

        Raises
        ------
        ValueError
            If one is not in the set.
        """
        self._known(label_of)
        labels = tuple(label_of.get(path, label) for path, label in self.pairs())
        emptied = set(self.labels) - set(labels)
        return self._replace(labels=labels, classes=tuple(sorted(set(self.classes) - emptied | set(labels))))

    def with_those_of(self, other: PictureSet) -> PictureSet:
        """Put the pictures of another set behind these. New classes join the others, sorted; both reports stay.

        If one of the sets has groups, each picture of the other is a group by itself.
        """
        classes = (
            self.classes if set(other.classes) <= set(self.classes) else tuple(sorted({*self.classes, *other.classes}))
        )
        paths, labels, report = self.paths + other.paths, self.labels + other.labels, self.report + other.report
        known = groups_of(self, other)
        groups = tuple(known.get(path, str(path)) for path in paths) if known else ()
        return PictureSet(paths, labels, classes, report, groups)

    def grouped(self, by: Callable[[Path], str] | int) -> PictureSet:
        """Say who or what each picture belongs to: its speaker, its session, its patient (notebook 11).

        Parameters
        ----------
        by : callable or int
            Gives the name of a picture's group from its path; or which piece of the file's name is it, counted from 1.
            Names are cut at ``_``, ``-``, ``.`` and blanks, without the ending: the second piece of ``7_george_5.wav``
            is ``george``. Capitals don't count in pieces.

        Raises
        ------
        ValueError
            If a name has no such piece, or the callable gives no name. The message names the file.
        """
        groups = tuple(piece_of(path, by) if isinstance(by, int) else _group_by(by, path) for path in self.paths)
        report = Report(finding for finding in self.report if not finding.problem.startswith(BY_NAMES))
        return self._replace(groups=groups, report=report)

    def hold_back(
        self,
        share: float = 0.2,
        seed: int = 7,
        groups: Iterable[Collection[Path]] = (),
        in_order: Collection[str] = (),
    ) -> tuple[PictureSet, PictureSet]:
        """Part the set into pictures to learn from, and pictures of each class that are held back to judge by.

        Parameters
        ----------
        share : float
            How much of each class to hold back: at least one picture, but never the last.
        seed : int
            Chooses which.
        groups : iterable of collections of pathlib.Path
            Pictures that stay together, as from ``find_copies``. Each group is held back whole or not at all, and as
            many as come near the share: at least one, but never the last. A class that is one group stays whole.
        in_order : collection of str
            Classes of which the last pictures by name are held back, whatever the seed. No effect, if the set has
            groups of its own.

        Returns
        -------
        (PictureSet, PictureSet)
            Training and validation, sorted by class, then path. The second has no report.

        Notes
        -----
        If the set has ``groups``, whole ones are held back, the same for all classes, as scikit-learn's
        GroupShuffleSplit does (leave-one-group-out, where the share is that of one): those that come near the share of
        all pictures, and never one without which a class would have nothing left. Where a class would not be judged,
        its smallest group joins them, as long as no more than half of all is held back. Near-copies that lie in
        several groups make one of them, unless nothing could be held back then. If no group can be held back, as where
        there is only one, all is held back as without groups, and the report of the training set has a warning.
        """
        together = list(groups)
        held = self._hold_groups(share, seed, together)
        findings = list(self.report)
        if held is None:
            held = self._hold_by_class(share, seed, together, in_order)
            findings += self._no_group_to_hold()
        order = {name: place for place, name in enumerate(self.classes)}
        pairs = sorted(self.pairs(), key=lambda pair: (order[pair[1]], pair[0]))
        learned = self._of(pair for pair in pairs if pair[0] not in held)
        judged = self._of(pair for pair in pairs if pair[0] in held)
        return learned._replace(report=Report(findings)), judged._replace(report=Report())

    def _hold_groups(self, share: float, seed: int, together: list[Collection[Path]]) -> set[Path] | None:
        """The pictures of the groups to hold back; None, if the set has no groups, or none can be spared."""
        if len(set(self.groups)) == len(self.groups):  # none, or each picture by itself
            return None
        group_of = dict(zip(self.paths, self.groups, strict=True))
        for known in (join_groups(group_of, together), group_of):
            if held := choose_groups([known[path] for path in self.paths], self.labels, share, seed):
                return {path for path in self.paths if known[path] in held}
        return None

    def _hold_by_class(
        self, share: float, seed: int, together: list[Collection[Path]], in_order: Collection[str]
    ) -> set[Path]:
        """The pictures to hold back of each class, near-copies whole or not at all."""
        held, rng = set[Path](), random.Random(seed)
        group_of = {path: number for number, group in enumerate(together) for path in group}
        for name in self.classes:
            own: dict[object, list[Path]] = defaultdict(list)  # one picture by itself is a group, too
            for path in (path for path, label in self.pairs() if label == name):
                own[group_of.get(path, path)].append(path)
            parts = list(own.values())
            if name in in_order:
                parts.sort(key=lambda part: max(map(by_name, part)), reverse=True)
            else:
                rng.shuffle(parts)
            held.update(path for part in _take(parts, share) for path in part)
        return held

    def _no_group_to_hold(self) -> list[Finding]:
        """Say why the groups of the set were passed over, if it has any."""
        if len(set(self.groups)) == len(self.groups):
            return []
        what = noun_for(self.paths)
        problem = f"no group of {what} could be held back: without any of them, a class has nothing to learn from"
        if len(set(self.groups)) == 1:
            problem = f"all {what} are of one group, {self.groups[0]!r}"
        remedy = "Some of each class are held back all the same. The accuracy tells nothing of another: bring more."
        return [Finding("warning", problem, (), remedy)]

    def _known(self, paths: Iterable[str | Path]) -> set[Path]:
        asked = [Path(path) for path in paths]
        unknown = set(asked) - set(self.paths)
        if unknown:
            raise ValueError(f"{shown(min(unknown))} is none of the {len(self.paths)} pictures of this set")
        return set(asked)

    def _of(self, pairs: Iterable[tuple[Path, str]]) -> PictureSet:
        pairs = list(pairs)
        known = groups_of(self)
        paths, labels = tuple(path for path, _ in pairs), tuple(label for _, label in pairs)
        return self._replace(paths=paths, labels=labels, groups=tuple(known[path] for path in paths) if known else ())


def groups_of(*sets: PictureSet) -> dict[Path, str]:
    """The group of each picture of those sets that have groups (notebook 11)."""
    return {path: group for one in sets if one.groups for path, group in zip(one.paths, one.groups, strict=True)}


def _group_by(by: Callable[[Path], str], path: Path) -> str:
    """The name that a function gives to a picture's group."""
    name = by(path)
    if name is None or not str(name):
        raise ValueError(f"got no name for the group of {shown(path)}")
    return str(name)


def _take(parts: list[list[Path]], share: float) -> list[list[Path]]:
    """The first parts that together come near a share of all pictures: one at least, and not all."""
    count = sum(map(len, parts))
    wanted, held = min(max(1, round(count * share)), count - 1), 0
    taken: list[list[Path]] = []
    for part in parts:
        if len(taken) < len(parts) - 1 and abs(held + len(part) - wanted) < abs(held - wanted):
            taken.append(part)
            held += len(part)
    return taken or ([min(parts, key=len)] if len(parts) > 1 else [])


def by_name(path: Path) -> tuple[list[str | int], str]:
    """Sorts names as people do: 9 before 10."""
    pieces = re.split(r"(\d+)", path.name.casefold())
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], str(path)


def require_folder(path: str | Path) -> Path:
    """The path of a folder that exists."""
    path = Path(path)
    if path.exists():
        require_file(path)
    if not path.is_dir():
        raise FileNotFoundError(f"{path} is not a folder; expected a folder with pictures")
    return path


def is_junk(name: str) -> bool:
    """Whether an operating system or program left this file or folder: it is nobody's picture."""
    return name.startswith(".") or name.casefold() in JUNK


@cache
def picture_endings() -> frozenset[str]:
    """The endings of the files of pictures and sounds, in small letters, each with its dot."""
    Image.init()
    known = {ending for ending, name in Image.registered_extensions().items() if name in FORMATS}
    return frozenset(known | {".heic", ".heif"}) | sound_endings()


def is_picture(path: Path) -> bool:
    """Tell by its name whether something is a picture's file."""
    return path.suffix.lower() in picture_endings() and path.is_file()


def printable(name: str) -> str:
    """A name with what is not UTF-8 in it written as ``\\udc..``; the same, if all of it is."""
    return name.encode("utf-8", "backslashreplace").decode()


def walk_folders(root: Path, closed: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk through folders as ``os.walk`` does, however deep they lie; what is taken off the list is passed over.

    Parameters
    ----------
    root : pathlib.Path
        Where to begin.
    closed : list of str
        Is given the names of the folders that can't be read.
    """
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                inside = [(entry.name, entry.is_dir()) for entry in entries]
        except FileNotFoundError:  # it has gone since
            continue
        except OSError:
            closed.append(os.path.basename(folder))
            continue
        folders = [name for name, is_folder in inside if is_folder]
        yield folder, folders, [name for name, is_folder in inside if not is_folder]
        below = (os.path.join(folder, name) for name in reversed(folders))
        waiting += [path for path in below if not os.path.islink(path)]


def find_pictures(root: Path) -> tuple[list[Path], list[Finding]]:
    """All pictures under ``root``, and what else lies there."""
    pictures, strange, links, empty, misnamed, pipes, closed = [], [], [], [], [], [], list[str]()
    others: list[Path] = []
    endings = picture_endings()
    for folder, folders, names in walk_folders(root, closed):
        here = Path(folder)
        unspoken = {name for name in folders + names if printable(name) != name}
        misnamed += [printable(name) for name in sorted(unspoken)]
        linked, special = _odd_entries(folder)
        links += [name for name in folders if name in linked and name not in unspoken]
        left_out = linked | unspoken
        folders[:] = sorted(name for name in folders if not is_junk(name) and name not in left_out)
        names = sorted(name for name in names if not is_junk(name))
        if not folders and not names and here != root:
            empty.append(here.name)
        pipes += [name for name in names if name in special]
        for path in (here / name for name in names if name not in unspoken and name not in special):
            if path.name in linked and not path.resolve().is_relative_to(root.resolve()):
                links.append(path.name)
            elif os.path.splitext(path.name)[1].lower() in endings:
                pictures.append(path)
            elif _opens(path) and not is_sound(path):
                pictures.append(path)
                strange.append(path.name)
            else:
                others.append(path)
    pictures, fewer = _of_one_kind(pictures)
    findings = [
        *fewer,
        Finding("error", "folders that can't be read", tuple(closed), CLOSED),
        Finding("error", "names that are not UTF-8", tuple(misnamed), "They are left out. Rename them."),
        Finding("note", "pictures whose ending does not say so", tuple(strange), "They are read all the same."),
        Finding("warning", "folders without pictures", tuple(empty), "Add pictures, or remove them."),
        *_name_others(others),
        Finding("warning", "pipes, sockets or devices, which are no files", tuple(pipes), "They are left out."),
        Finding("warning", "links that lead elsewhere", tuple(links), "They are not followed. Copy what they lead to."),
    ]
    return pictures, [finding for finding in findings if finding.files]


def _of_one_kind(paths: list[Path]) -> tuple[list[Path], list[Finding]]:
    """Pictures or sounds, whichever are more: a sound beside pictures is nobody's example, and the other way round."""
    sounds, pictures = list[Path](), list[Path]()
    for path in paths:
        (sounds if path.suffix.lower() in sound_endings() else pictures).append(path)
    kept, left = (sounds, pictures) if len(sounds) > len(pictures) else (pictures, sounds)
    what = "pictures among sounds" if kept is sounds else "sounds among pictures"
    files = tuple(path.name for path in left)
    return kept, [Finding("warning", what, files, "They are left out. Keep them in a folder of their own.")]


def _odd_entries(folder: str) -> tuple[set[str], set[str]]:
    """The links in a folder, and what is neither file nor folder, wherever links lead: pipes, sockets and devices."""
    with os.scandir(folder) as found:
        entries = list(found)
    linked = {entry.name for entry in entries if entry.is_symlink()}
    regular = {entry.name for entry in entries if entry.is_file() or entry.is_dir() or not os.path.exists(entry.path)}
    return linked, {entry.name for entry in entries} - regular


def _name_others(paths: list[Path]) -> list[Finding]:
    """Say which files are no pictures, and which hold some that can't be read from them."""
    names, remedies = defaultdict(list), {}
    for path in paths:
        try:
            kind = kind_of(path)
        except OSError:  # it may not be opened, or is gone
            kind = None
        group = GROUPS.get(kind.group) if kind else None
        if group == GROUPS["archive"] and path.suffix.lower() not in ARCHIVES:  # as a spreadsheet is, inside
            group = None
        problem = f"{group} ({kind.name})" if kind and group else NO_PICTURES
        remedy = f" To use one, {kind.remedy}." if kind and group else ""
        if kind and kind.group == "sound" and _opens(path):
            problem, remedy = f"sounds whose ending does not say so ({kind.name})", RENAME
        names[problem].append(path.name)
        remedies[problem] = remedy
    return [
        Finding(
            "warning" if remedies[problem] else "note", problem, tuple(files), f"They are left out.{remedies[problem]}"
        )
        for problem, files in names.items()
    ]


def _opens(path: Path) -> bool:
    """Tell whether a file can be opened as a picture or a sound, whatever its ending says."""
    try:
        with open_image(path):
            return True
    except Exception:
        return False


@lru_cache(maxsize=10_000)
def normalize_label(label: str) -> str:
    """Write a label in Unicode form NFC and without control codes, so that what looks the same is the same.

    Raises
    ------
    ValueError
        If it is not UTF-8, as the name of a folder may be on Linux: it could not be saved.
    """
    if printable(label) != label:
        raise ValueError(f"the label {printable(label)} is not UTF-8; give it another name")
    return UNSEEN.sub("", unicodedata.normalize("NFC", label))


def make_set(
    pairs: Sequence[tuple[Path, str]],
    findings: list[Finding],
    keep_order: bool = False,
    groups: Mapping[Path, str] | None = None,
) -> PictureSet:
    """Put labeled pictures together, sorted by label and name unless their order is to be kept.

    Parameters
    ----------
    pairs : sequence of (pathlib.Path, str)
        Pictures with their labels.
    findings : list of Finding
        What was noticed.
    keep_order : bool
        Whether to keep the order of the pairs.
    groups : mapping of pathlib.Path to str, optional
        Who or what they belong to; one that is not in it is a group by itself. Unset or empty, the names of sounds
        tell, if they do.
    """
    pairs = [(path, normalize_label(label)) for path, label in pairs]
    if not keep_order:
        pairs.sort(key=lambda pair: (pair[1], pair[0].name, str(pair[0])))
    if not groups and (told := by_names(pairs)):
        groups, findings = told.groups, [*findings, told.note]
    paths, labels = zip(*pairs, strict=True)
    named = tuple((groups or {}).get(path, str(path)) for path in paths)
    named = named if groups and any(path in groups for path in paths) else ()
    return PictureSet(paths, labels, tuple(sorted(set(labels))), Report(findings), named)
