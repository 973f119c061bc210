"""What a file's name says of its picture: a class, and behind it what counts, dates or marks a copy (notebook 07).

The page that trains reads names alike, in ``browser/pages/filenames.js``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from .groups import first_pieces
from .levels import kind_of
from .sets import normalize_label

CAMERA = re.compile(
    r"^(img|image|dsc[fn]?|dcim|pxl|p|photo|pic|picture|scan|screenshot|mvimg|wp|whatsapp image|gopr|dji|cimg"
    r"|fb[ _-]img|photo on)$"
)
GAP = r"[\s_.~\u2013\u2014-]"
COPIED = (
    "(?:copy|copie|kopie|copia|c\u00f3pia|kopia|kopi|\u043a\u043e\u043f\u0438\u044f|\u30b3\u30d4\u30fc|\u526f\u672c)"
)
CHANGED = f"(?:{COPIED}|edited|edit|bearbeitet|modifi\u00e9|editado|modificato|cropped|resized)"
COPY_OF = re.compile(r"^(copy of|kopie von|copie de|copia d[ei]|c\u00f3pia de)\s+", re.IGNORECASE)
MARK = re.compile(  # what programs put behind the name of a copy
    r"([_.](jpe?g|png|webp|bmp|gif|tiff?))?\.rf\.[0-9a-z]{16,}$"  # dog_jpg.rf.0a1b2c...
    rf"|\s*\((another |\d+\w\w )?{COPIED}(\s\d+)?\)$"  # dog (3rd copy)
    rf"|\s([-\u2013\u2014]\s?)?{COPIED}(\s\(?\d+\)?)?$"  # dog - Copy (2), dog copy 2
    rf"|(?<=\d){GAP}+({CHANGED}{GAP}*\d*|v(er(sion)?)?{GAP}?\d*)$"  # dog-1-copy-2, dog-1_v2
    r"|~\d+$",
    re.IGNORECASE,
)
HASH = re.compile(
    rf"(^|{GAP}+)([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|(?=[0-9a-f]*\d[a-f])[0-9a-f]{{7,}})$", re.IGNORECASE
)
DAY = rf"(19|20)\d\d{GAP}?[01]\d{GAP}?[0-3]\d|[0-3]\d{GAP}[01]\d{GAP}(19|20)\d\d"
TIME = rf"(T|{GAP}|\sat\s)*[0-2]\d[\s_.:h-]?[0-5]\d([\s_.:-]?[0-5]\d([\s_.-]?\d{{3}})?)?(\s?[ap]m)?"
DATE = re.compile(rf"({GAP}+|(?<!\d))({DAY})({TIME})?$", re.IGNORECASE)
NUMBER = re.compile(rf"((^|{GAP}+)(?P<id>v\d+|\d[0-9a-f]*\d[0-9a-f]*)|{GAP}*\(?\d*\)?)$", re.IGNORECASE)
PADDED = re.compile(rf"{GAP}+0\d*$")
COUNTED = re.compile(r"(^|\D)\d{1,6}\)?$")  # dog-1, dog_2, dog (3); no time in milliseconds
AGAIN = re.compile(r"^(.*\d)\s*\(\d+\)$")  # dog-1 (2): a copy of dog-1, or the second of these
BESIDE = re.compile(rf"^(.+?){GAP}+{CHANGED}$", re.IGNORECASE)  # dog-edited: a copy of dog, or a class of its own
JOINED = re.compile(r"[_.-]\d+$")


SOURCES = {
    *("pexels", "pixabay", "unsplash", "shutterstock", "istock", "istockphoto", "adobestock", "gettyimages", "getty"),
    *("depositphotos", "dreamstime", "freepik", "flickr", "stock", "stockphoto", "rawpixel", "wikimedia", "alamy"),
    *("image", "images", "photo", "photos", "picture", "pictures", "pic", "img", "foto", "bild", "file", "files"),
    *("download", "downloads", "unnamed", "untitled", "screenshot", "screen", "scan", "webcam", "camera", "snapshot"),
    *("frame", "frames", "video", "vid", "clip", "burst", "copy", "edited", "new", "default", "sample", "test"),
}
NOTHING = {
    *SOURCES - {"test", "copy"},
    *("my", "new", "folder", "folders", "lot", "archive", "desktop", "documents", "upload", "uploads", "drive", "dcim"),
    *("samples", "temp", "tmp", "unzipped", "extracted", "icloud", "google", "whatsapp", "export", "home", "media"),
}


class Read(NamedTuple):
    """A name without its number, date, hash and marks, and whether the pictures of a class are counted so."""

    label: str
    counted: bool


def label_of(name: str) -> str | None:
    """Take the label from a file's name (notebook 07).

    Parameters
    ----------
    name : str
        The name, with or without an ending.

    Returns
    -------
    str or None
        The label, in Unicode form NFC, without what follows it: a number, a date, a hash, or the mark of a copy. None
        if the name holds none.

    Examples
    --------
    >>> [label_of(name) for name in ["dog (4).jpg", "ice-cream-12.jpg", "IMG_1234.jpg", "dog-1 - Copy.jpg"]]
    ['dog', 'ice-cream', None, 'dog']
    """
    return labels_in([name])[0]


def labels_in(names: Sequence[str]) -> list[str | None]:
    """Take the labels from the names of files that lie together, as :func:`label_of` does (notebook 07).

    ``dog-1 (2).jpg`` is a copy, if ``dog-1.jpg`` is there. Where there are several such names without it, as
    ``boeing 747 (1).jpg`` and ``boeing 747 (2).jpg``, the number before is part of the label. ``dog-edited.jpg`` is a
    copy, if ``dog.jpg`` is there.
    """
    return [None if _by_camera(read.label) else read.label for read in read_names(names)]


def classes_in(names: Sequence[str]) -> list[str | None]:
    """Take the classes from the names of files in one folder: as :func:`labels_in` does, or from sounds' first pieces.

    Of sounds such as ``7_george_5.wav``, the first piece is the class, if a later one tells who speaks (notebook 11).
    """
    found = first_pieces(names)
    return labels_in(names) if found is None else [*found]


def read_names(names: Sequence[str]) -> list[Read]:
    """Take the names of files that lie together apart (notebook 07)."""
    stems = [_unmarked(normalize_label(Path(name).stem).strip()) for name in names]
    bases = [found[1].strip() if (found := AGAIN.match(stem)) else "" for stem in stems]
    there, count = {stem.casefold() for stem in stems}, Counter(bases)
    sure = {_read(stem).label.casefold() for stem, base in zip(stems, bases, strict=True) if not base}

    def original(stem: str, base: str) -> str:
        """The stem of the file that this is a copy of; the same, if it is none."""
        beside = BESIDE.match(stem)
        if beside and beside[1].casefold() in there:
            return beside[1]
        lone = count[base] == 1 and (JOINED.search(base) or _read(base).label.casefold() in sure)
        return base if base and (lone or base.casefold() in there) else stem

    return [_read(original(stem, base)) for stem, base in zip(stems, bases, strict=True)]


@lru_cache(maxsize=1 << 16)
def _read(stem: str) -> Read:
    """Take the stem of a name apart that bears no mark."""
    if (shorter := HASH.sub("", stem)) != stem:
        return Read(_bare(PADDED.sub("", _unmarked(shorter))), True)
    number = NUMBER.search(stem)
    shorter = _unmarked(stem[: number.start()]) if number else stem
    for dated in (stem, shorter):
        if DATE.search(dated):
            return Read(_bare(PADDED.sub("", DATE.sub("", dated))), False)
    return Read(_bare(shorter), bool(COUNTED.search(stem) or (number and number["id"])))


def _unmarked(stem: str) -> str:
    """A stem without the marks of copies, unless nothing else is in it."""
    while (shorter := MARK.sub("", COPY_OF.sub("", stem), count=1).strip()) and shorter != stem:
        stem = shorter
    return stem


def _bare(label: str) -> str:
    return label.strip().strip(" _-.~\u2013\u2014")


def _by_camera(label: str) -> bool:
    """Whether it says nothing: it is empty, or a camera or a program gave it."""
    first = _bare(re.split(r"[\s_.-]*\d", label)[0]).casefold()  # IMG in IMG_1234_5
    return not label or bool(CAMERA.match(first) or CAMERA.match(label.casefold()))


def words_in(name: str) -> list[str]:
    """The words of a name, in small letters, without numbers."""
    return [word for word in re.split(r"[\W\d_]+", name.casefold()) if word]


def says_something(folder: str) -> bool:
    """Whether a folder's name can be that of a class: not ``images``, ``Downloads`` or ``train``."""
    kind, rest = kind_of(folder)
    return kind is None and bool({word for one in rest for word in words_in(one)} - NOTHING)
