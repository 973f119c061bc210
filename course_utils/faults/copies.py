"""Find near-copies, which make an honest number dishonest: frames of a video, bursts, exports (notebook 07)."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..network.looks import unit
from ..pictures.camera import made_of_one, numbered, sessions, taken_together
from ..pictures.decode import loaded
from ..pictures.groups import all_sounds, spare_groups
from ..pictures.pipeline import resize_image
from ..pictures.sets import PictureSet, by_name
from ..pictures.unreadable import UnreadableImageError
from ..report import Finding, Report

NEAR = 0.90  # cosine of two near-copies, at least; within made bursts, 95 % have 0.92 or more
OFTEN_NEAR = 0.94  # of half of the pairs with consecutive numbers, where these tell the frames of a video
NEAR_IN_TIME = 0.80  # of two photos that one camera took within seconds
MOST_WRONG = 0.05  # of all labels; where more seem wrong, the classes look alike
SAME = 0.9995  # of a picture and its exact copy
TINY, ALIKE = 12, 0.88  # pixels of a side of a tiny picture; correlation of those of two near-copies, at least
SHIFT = 2  # pixels by which one tiny picture is moved upon the other: a sixth of a side
PAIRS = 4096  # to be compared at a time
PLAIN = 3  # levels of 256: a tiny picture that varies less shows nothing, and is no near-copy of any other
STRETCHES = 5  # of a class whose pictures are too alike
BLOCK = 256  # rows of cosines at a time, so that memory grows with the number of pictures, not with its square

Group = tuple[Path, ...]


class Copies(NamedTuple):
    """Pictures that tell the same twice (notebook 07).

    ``groups`` holds near-copies, ``sessions`` the pictures of each folder inside a class, unless one holds all;
    no picture is in two. ``alike`` names the classes whose pictures are too alike to tell near-copies from different
    pictures: no looks were compared there.
    """

    groups: tuple[Group, ...] = ()
    sessions: tuple[Group, ...] = ()
    alike: tuple[str, ...] = ()

    @property
    def together(self) -> tuple[Group, ...]:
        """All pictures that belong on one side: the groups, then the sessions."""
        return self.groups + self.sessions

    def shared(self, training: PictureSet, validation: PictureSet) -> tuple[Path, ...]:
        """Name the validation pictures that have a near-copy in training."""
        learned = set(training.paths)
        leaked = {path for group in self.together if learned.intersection(group) for path in group}
        return tuple(path for path in validation.paths if path in leaked)

    def group_of(self, pictures: PictureSet) -> list[str]:
        """Name the group of each picture: that of the set, if it has some; else that of its near-copies, or its own.

        Groups of the set count where one could be held back: not, where there is only one.
        Where a class is too alike to tell, what follows one another by name makes a group: a fifth of the class.
        """
        named = {path: str(number) for number, group in enumerate(self.together) for path in group}
        for name in self.alike:
            own = sorted((path for path, label in pictures.pairs() if label == name), key=by_name)
            named |= {path: f"{name} {place * STRETCHES // len(own)}" for place, path in enumerate(own)}
        copied = [named.get(path, str(path)) for path in pictures.paths]
        if not spare_groups(pictures.groups, pictures.labels[: len(pictures.groups)]):
            return copied
        told = zip(pictures.paths, pictures.groups, copied, strict=True)
        return [near if group == str(path) else group for path, group, near in told]

    @property
    def report(self) -> Report:
        """Say how many there are, and in which classes they can't be told."""
        findings = []
        if self.groups:
            count = sum(map(len, self.groups))
            remedy = f"Keep each group on one side. {count} such pictures tell hardly more than {len(self.groups)}."
            findings.append(
                Finding("note", f"{count} near-copies, in groups: {len(self.groups)}", _first(self.groups), remedy)
            )
        if self.sessions:
            remedy = "Keep each folder on one side: what was taken together is alike."
            problem = f"folders inside classes, which count as sessions: {len(self.sessions)}"
            findings.append(Finding("note", problem, _first(self.sessions), remedy))
        for name in self.alike:
            problem = f"the pictures of {name!r} are too alike to tell near-copies from different pictures"
            remedy = "The accuracy may be too high: judge by pictures of another day. The trainer holds back the last."
            findings.append(Finding("warning", problem, (), remedy))
        return Report(findings)


def find_copies(pictures: PictureSet, numbers: np.ndarray) -> Copies:
    """Find the pictures of each class that are nearly copies of one another (notebook 07).

    Parameters
    ----------
    pictures : PictureSet
        All pictures: those for training, and those for validation.
    numbers : numpy.ndarray
        Shape ``(n, 1280)``: two looks at each picture, as ``load_readable(pictures, network, looks=2)`` gives them.

    Returns
    -------
    Copies
        The groups, largest first. Their pictures are of one class.

    Raises
    ------
    ValueError
        If there are not as many numbers as pictures.

    Notes
    -----
    Two pictures of a class are near-copies when the cosine of their numbers exceeds both 0.90 and that of every pair
    of different classes: those can't be copies, however alike they look. Exact copies with two labels, which
    ``check_pictures`` names, are left aside, and so are the labels that seem wrong, if these are few: one frame with
    the label of another class would raise the limit for all. Shrunk to 12 x 12 pixels and moved upon one another by up
    to two of them, the two must also correlate by 0.88: the network finds any two drawings of a circle alike, but their
    colors lie elsewhere. Plain pictures have no
    near-copies. A near-copy of a near-copy is one, too.

    Names and cameras help. Copies and augmented exports of a file are told by their names. Two photos that one camera
    took within two seconds need a cosine of 0.80. Where names number the frames of a video, consecutive ones need
    0.90: half of such pairs must have 0.94, and twice as often 0.90 as other pairs of the class.

    Where one group would hold most of a class, and the rest of it few groups, the class is one of ``alike``.

    Of sounds, none is looked for: the same word said twice by one person looks like a near-copy, and is none. What
    belongs together is the speaker: ``PictureSet.grouped``. ``check_pictures`` finds files that are equal.
    """
    numbers = unit(np.asarray(numbers, np.float32))
    if len(numbers) != len(pictures.paths):
        raise ValueError(f"got numbers of {len(numbers)} pictures; expected those of {len(pictures.paths)}")
    if pictures.paths and all_sounds(pictures.paths):
        return Copies()
    labels = np.array(pictures.labels)
    own = {name: np.flatnonzero(labels == name) for name in pictures.classes}
    wrong = _outvoted(numbers, np.stack([labels == name for name in own], axis=1))
    limit = max(NEAR, _most_alike([numbers[places[~wrong[places]]] for places in own.values()]))
    found, folders, alike = [], [], []
    for name, places in own.items():
        paths = [pictures.paths[place] for place in places]
        days = sessions(paths, name)
        folders += [tuple(paths[place] for place in day) for day in days]
        loose = sorted(set(range(len(paths))).difference(*days))
        paths = [paths[place] for place in loose]
        made, looks = _join(paths, numbers[places[loose]], limit)
        if _hides_all(looks) and not _hides_all(made):
            alike.append(name)
        groups = made if name in alike else looks
        found += [tuple(paths[place] for place in np.flatnonzero(groups == one)) for one in _several(groups)]
    found.sort(key=len, reverse=True)
    return Copies(tuple(found), tuple(folders), tuple(alike))


def _first(groups: Sequence[Group]) -> tuple[str, ...]:
    """A picture of each group, by name."""
    return tuple(min(path.name for path in group) for group in groups)


def _outvoted(numbers: np.ndarray, is_of: np.ndarray) -> np.ndarray:
    """The pictures with more near pictures of other classes than of their own, unless these are many.

    ``is_of`` has the shape ``(n, classes)``, and says which class each picture is of.
    """
    votes = np.zeros(is_of.shape, np.float32)
    for start, block in zip(range(0, len(numbers), BLOCK), _blocks(numbers, numbers), strict=True):
        votes[start : start + BLOCK] = (block > NEAR).astype(np.float32) @ is_of
    own = (votes * is_of).sum(axis=1)
    outvoted = votes.sum(axis=1) - own > own - 1  # its own vote does not count
    return outvoted & (outvoted.mean() <= MOST_WRONG)


def _most_alike(classes: Sequence[np.ndarray]) -> float:
    """The highest cosine of two pictures of different classes, exact copies aside."""
    highest = -1.0
    for number, own in enumerate(classes):
        for others in classes[number + 1 :]:
            for block in _blocks(own, others):
                highest = max(highest, float(block.max(where=block < SAME, initial=-1)))
    return highest


def _blocks(own: np.ndarray, others: np.ndarray) -> Iterator[np.ndarray]:
    """The cosines of all with all, some rows at a time."""
    return (own[start : start + BLOCK] @ others.T for start in range(0, len(own), BLOCK))


def _join(paths: Sequence[Path], numbers: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """The group of each picture of a class: by its name alone, and by what it looks like as well."""
    made = np.arange(len(paths))
    for places in made_of_one(paths):
        _merge(made, places)
    groups = made.copy()
    tiny = _shrink(paths, numbers, limit)
    for start, block in zip(range(0, len(paths), BLOCK), _blocks(numbers, numbers), strict=True):
        apart = groups[start : start + BLOCK, np.newaxis] != groups
        near = np.argwhere(np.triu(block > limit, k=start + 1) & apart) + (start, 0)
        for part in (near[at : at + PAIRS] for at in range(0, len(near), PAIRS)):
            first, second = part[groups[part[:, 0]] != groups[part[:, 1]]].T  # those not joined already
            alike = _aligned(tiny[first], tiny[second]) > ALIKE
            for one, other in np.stack([first, second], axis=1)[alike].tolist():
                if groups[one] != groups[other]:
                    _merge(groups, [one, other])
    hinted = [(pair, NEAR_IN_TIME) for pair in taken_together(paths)]
    if limit > NEAR:
        hinted += [(pair, NEAR) for pair in _in_order(numbered(paths), numbers)]
    for (one, other), cosine in hinted:
        if numbers[one] @ numbers[other] > cosine:
            _merge(groups, [one, other])
    return made, groups


def _aligned(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The correlation of tiny pictures in pairs, each pair moved upon one another as fits best."""
    best = np.zeros(len(first), np.float32)
    for down, right in itertools.product(range(-SHIFT, SHIFT + 1), repeat=2):
        size = 3 * (TINY - abs(down)) * (TINY - abs(right))
        parts = [
            block[:, max(0, y) : TINY + min(0, y), max(0, x) : TINY + min(0, x)].reshape(len(block), size)
            for block, y, x in ((first, down, right), (second, -down, -right))
        ]
        one, other = (unit(part - part.mean(axis=1, keepdims=True)) for part in parts)
        best = np.maximum(best, (one * other).sum(axis=1))
    return best


def _shrink(paths: Sequence[Path], numbers: np.ndarray, limit: float) -> np.ndarray:
    """Shrink the pictures that look like another of the class; zeros for all others."""
    tiny = np.zeros((len(paths), TINY, TINY, 3), np.float32)
    near = [count > 1 for block in _blocks(numbers, numbers) for count in (block > limit).sum(axis=1)]
    places = np.flatnonzero(near)  # each is near itself, so that one is none
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for place, colors in zip(places, pool.map(lambda place: _colors(paths[place]), places), strict=True):
            tiny[place] = colors
    return tiny


def _colors(path: Path) -> np.ndarray:
    try:
        state = path.stat()
        return _colors_of(path, state.st_size, state.st_mtime_ns)
    except (UnreadableImageError, OSError):  # it went after the network saw it
        return np.zeros((TINY, TINY, 3), np.float32)


@lru_cache(maxsize=100_000)
def _colors_of(path: Path, size: int, changed: int) -> np.ndarray:
    """The colors of a tiny picture, or zeros if it is plain. Size and time name its state."""
    with loaded(path, at_least=8 * TINY) as image:
        colors = resize_image(image, TINY).astype(np.float32)
    plain = colors.std(axis=(0, 1)).max() < PLAIN
    return np.zeros_like(colors) if plain else colors


def _merge(groups: np.ndarray, places: Sequence[int] | np.ndarray) -> None:
    """Make one group of those that these pictures are in."""
    joined = np.unique(groups[places])
    if len(joined) > 1:
        groups[np.isin(groups, joined)] = joined[0]


def _in_order(pairs: list[tuple[int, int]], numbers: np.ndarray) -> list[tuple[int, int]]:
    """The pairs, if their names tell anything: they are near twice as often as pairs of the class by chance."""
    if not pairs:
        return []
    first, second = np.array(pairs).T
    chance = np.random.default_rng(0).integers(len(numbers), size=(2, 2000))
    near, usual = (np.einsum("ij,ij->i", numbers[a], numbers[b])[a != b] for a, b in ((first, second), chance))
    often = np.median(near) > OFTEN_NEAR and (near > NEAR).mean() >= 2 * (usual > NEAR).mean()
    return pairs if often else []


def _several(groups: np.ndarray) -> list[int]:
    """The groups of two pictures or more."""
    names, counts = np.unique(groups, return_counts=True)
    return names[counts > 1].tolist()


def _hides_all(groups: np.ndarray) -> bool:
    """Whether one group holds more than half of a class, and fewer than half of the rest are in others."""
    counts = np.sort(np.unique(groups, return_counts=True)[1])[::-1]
    rest = counts[1:].sum()
    return len(groups) > 1 and counts[0] > len(groups) / 2 and counts[1:][counts[1:] > 1].sum() <= rest / 2
