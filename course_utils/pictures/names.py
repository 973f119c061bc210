"""Which picture a name in a table means: people write down less than the path, or more (notebook 07)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from os.path import splitext
from pathlib import Path
from typing import NamedTuple

from .sets import picture_endings

DRIVE, ADDRESS = re.compile(r"^(file:/*)?([a-z]:)?"), re.compile(r"\s*((https?|ftp|s3|gs)://|www\.)", re.IGNORECASE)
LOOKED_AT = 500  # names from which it is learned how the others are written
OTHERS = {".dcm", ".svs", ".raw", ".npy", ".pgm", ".mat"}  # what pictures were made from
MOST = 0.95  # of the names: what so many have in common is how they are written
USUAL = ("images", "image", "imgs", "img", "pictures", "photos")


class Way(NamedTuple):
    """How names lead to pictures: leave out so many folders at the start of a name, and start from this folder."""

    dropped: int
    start: tuple[str, ...]


class Names:
    """The pictures of a folder, to be found by what tables call them (notebook 07).

    Capitals, the Unicode form, the kind of slash and the ending don't count, unless they tell two pictures apart.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    pictures : sequence of pathlib.Path
        What lies in it, at any depth.
    """

    def __init__(self, folder: Path, pictures: Sequence[Path]) -> None:
        self._root = split_name(str(folder.absolute()))
        start = len(str(folder)) if folder.parts else 0
        self._whole: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        self._stems: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        self._loose: dict[str, list[tuple[str, ...]]] = defaultdict(list)  # by name alone: the paths, as parts
        for path in pictures:
            parts = split_name(str(path)[start:])
            bare = (*parts[:-1], without_ending(parts[-1]))
            self._whole[parts].append(path)
            self._stems[bare].append(path)
            self._loose[parts[-1]].append(parts)
            if bare != parts:
                self._loose[bare[-1]].append(parts)
        self._endings = picture_endings()
        self._way: Way | None = None

    def known(self, value: str) -> bool:
        """Tell whether any picture has this name, in whatever folder."""
        parts = split_name(value)
        return bool(parts) and not is_address(value) and bool(self._alike(parts))

    def looks_like_a_file(self, value: str) -> bool:
        """Tell whether a text is written like the name of a picture, there or not."""
        return is_address(value) or splitext(value.strip())[1].casefold() in self._endings

    def learn(self, values: Iterable[str], preferred: str) -> None:
        """Learn from names in which folder the pictures are, and what stands before a name in vain.

        Parameters
        ----------
        values : iterable of str
            Names, in the order of the table.
        preferred : str
            A folder of this name is preferred, where several hold pictures of the same names.
        """
        votes: Counter[Way] = Counter()
        looked_at = list(values)[:LOOKED_AT]
        for parts in map(split_name, looked_at):
            for path in self._alike(parts)[:LOOKED_AT]:
                shared = _common_end(parts[:-1], path[:-1])
                votes[Way(len(parts) - 1 - shared, path[: len(path) - 1 - shared])] += 1
        complete = [way for way, count in votes.items() if count >= MOST * len(looked_at)]
        fewest = min((way.dropped for way in complete), default=0)
        complete = [way for way in complete if way.dropped == fewest]
        usual = {preferred.casefold(), *USUAL}
        likely = complete if len(complete) == 1 else [way for way in complete if usual & set(way.start)]
        self._way = likely[0] if len(likely) == 1 else None

    def find(self, value: str) -> list[Path]:
        """Find the pictures that a name may mean: one, if all is well; none, or several.

        A name with ``..`` in it leads elsewhere and means none; so does an address on the web.
        """
        parts = split_name(value)
        if not parts or is_address(value) or ".." in parts:
            return []
        if parts[: len(self._root)] == self._root:
            parts = parts[len(self._root) :]
        if found := self._at(parts):
            return _exact(found, value)
        if self._way and (found := self._at((*self._way.start, *parts[self._way.dropped :]))):
            return _exact(found, value)
        under = [path for path in self._alike(parts) if path[-len(parts) : -1] == parts[:-1]]
        return _exact([path for one in dict.fromkeys(under) for path in self._whole[one]], value)

    def _at(self, parts: tuple[str, ...]) -> list[Path]:
        """The pictures at a place; with any ending, if none has the ending given."""
        if not parts:
            return []
        return (
            self._whole.get(parts)
            or self._stems.get(parts)
            or (self._stems.get((*parts[:-1], self._bare(parts[-1]))) or [])
        )

    def _alike(self, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The pictures of that name, in whatever folder."""
        name = parts[-1] if parts else ""
        return self._loose.get(name) or self._loose.get(self._bare(name)) or []

    def _bare(self, name: str) -> str:
        """The name without the ending of a picture; a dot in it may also be part of the name."""
        return without_ending(name) if splitext(name)[1] in self._endings | OTHERS else name


def split_name(value: str) -> tuple[str, ...]:
    """The parts of a path, so that the same places are the same: NFC, no capitals, no drive, either kind of slash."""
    plain = unicodedata.normalize("NFC", value.strip().strip("\"'")).casefold().replace("\\", "/")
    if ":" in plain:
        plain = DRIVE.sub("", plain)
    return tuple(part for part in plain.split("/") if part not in ("", ".")) if "/" in plain else (plain,) * bool(plain)


def without_ending(name: str) -> str:
    """A name without its last ending."""
    return name.rpartition(".")[0] or name


def is_address(value: str) -> bool:
    """Tell whether a name is an address on the web."""
    return "/" in value and bool(ADDRESS.match(value))


def _common_end(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """How many parts at the end of two paths are the same."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _exact(found: list[Path], value: str) -> list[Path]:
    """Of pictures whose paths differ in capitals or endings only, the one that is written as in the table."""
    if len(found) < 2:
        return found
    name = value.strip().replace("\\", "/").rpartition("/")[2]
    same = [path for path in found if path.name == name]
    return same if len(same) == 1 else found
