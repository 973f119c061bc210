"""Find what about pictures would spoil training, before training (notebook 07)."""

from __future__ import annotations

import itertools
import os
import re
import statistics
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import Image

from ..pictures.colors import colors_of
from ..pictures.decode import BAND, loaded, open_image, orientation_of, scaled_from
from ..pictures.formats import content_of
from ..pictures.groups import counted, noun_for
from ..pictures.sets import PictureSet
from ..pictures.shown import reason_of
from ..pictures.sound import sound_endings
from ..pictures.unreadable import UnreadableImageError
from ..report import Finding, Report, some
from .copies import Copies
from .marks import FEWEST, Views, find_marks, views_of
from .unlike import Unlike

NEAR = 4  # bits of 64 in which two perceptual hashes of one picture may differ
FEW_TRAINING, FEW_VALIDATION = 5, 20  # per class; in all
MANY_LABELS, MANY_PAIRS = 200, 10
MANY_ALIKE, NAMED = 10, 3  # classes with the same fault: above, one line tells of all, and names some
FAINT = 64  # of 255: the most that 14 bits give, where 16 are meant
SMALL, LONG = 64, 3  # pixels of the shorter side; longer side to shorter side
CLOSELY, OF_A_CLASS = 3000, 100  # pictures in which marks are looked for, at most; of each class
MARKED = (
    "Crop it off, cover it in all pictures, or take pictures of each class with it and without: a network could learn "
    "the mark instead of what is shown. If the mark is what you teach, all is well."
)


class _Looks(NamedTuple):
    """What is seen in a file. ``problem`` is set if it can't be read, and the rest is empty then."""

    problem: str | None = None
    width: int = 0
    height: int = 0
    format: str = ""
    turned: bool = False
    constant: bool = False
    content: str = ""
    hash: int = 0  # perceptual
    profile: str | None = None  # what is wrong with its color profile
    faint: bool = False  # with 16 bits, of which it uses the lower ones only


class _Picture(NamedTuple):
    """A picture of a set, with what is seen in it."""

    path: Path
    label: str
    part: str
    looks: _Looks
    views: Views | None = None  # of those in which marks are looked for

    @property
    def name(self) -> str:
        return f"{self.part}/{self.label}/{self.path.name}"


def check_pictures(
    training: PictureSet,
    validation: PictureSet | None = None,
    copies: Copies | None = None,
    unlike: Unlike | None = None,
) -> Report:
    """Look for everything about a set of pictures that would spoil training or judging (notebook 07).

    Parameters
    ----------
    training : PictureSet
        The pictures to learn from.
    validation : PictureSet, optional
        The pictures to judge by.
    copies : Copies, optional
        Near-copies among both, from ``find_copies``, which needs what a network sees. They are named, too.
    unlike : Unlike, optional
        Validation pictures that are unlike training, from ``find_unlike``. They are named, if they are too many.

    Returns
    -------
    Report
        Findings with severity, files and remedy; empty if all is well. A notebook shows it as a table.

    Notes
    -----
    Pictures that look the same are found by the perceptual hash (pHash) of the library ImageHash: 64 bits that
    change little when a picture is resized or compressed. Up to 4 different bits count as the same picture. The frames
    of a video and the shots of a burst differ in more: 16 bits or so, and pictures of different things in 24 or more.
    No number of bits tells one from the other, so that near-copies need ``copies``.

    A mark is a small region that is the same in at least 0.6 of a class's training pictures and at most 0.1 of the
    others: a logo, a date, a sticker, a border. It is looked for where a class has 6 pictures or more, near-copies
    counted once, in 100 pictures of each, or fewer of many classes; of more than 500, none is looked for. A ground of
    one color, as of drawings, is no mark, though it may tell classes apart, too: it is large, and goes on behind what
    is shown.
    """
    parts = {"training": training} | ({"validation": validation} if validation else {})
    entries = [
        (path, label, part)
        for part, pictures in parts.items()
        for path, label in zip(pictures.paths, pictures.labels, strict=True)
    ]
    closely = set() if training.sounds else _drawn(entries)  # a place in the picture of a sound is a pitch and a time
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pictures = list(pool.map(lambda entry: _examine(closely, *entry), entries))
    readable = [picture for picture in pictures if not picture.looks.problem]
    findings = [finding for part in parts.values() for finding in part.report]
    for search in (_unreadable, _same, _counts, _labels, _sizes, _constant, _shortcuts, _turned, _profiles, _faint):
        findings += search(pictures if search is _unreadable else readable)
    findings += _missing_classes(training, validation)
    groups = (copies or Copies()).group_of(training._replace(groups=()))  # a mark on all of one speaker is one, too
    findings += _marks(readable, dict(zip(training.paths, groups, strict=True)))
    if copies:
        told = {file for finding in findings if finding.severity == "error" for file in finding.files}
        findings += _shared(copies, training, validation, told)
        findings += copies.report
    if unlike:
        findings += unlike.report
    return Report(findings)


def _drawn(entries: list[tuple[Path, str, str]]) -> set[Path]:
    """Draw the pictures in which marks are looked for: the same ones again, if others come or go."""
    of_class = defaultdict(list)
    for path, label, _ in entries:
        of_class[label].append(path)
    count = min(OF_A_CLASS, CLOSELY // max(1, len(of_class)))
    if count < FEWEST:
        return set()
    lots = (sorted(own, key=lambda path: zlib.crc32(os.fsencode(path)))[:count] for own in of_class.values())
    return set(itertools.chain.from_iterable(lots))


def _examine(closely: set[Path], path: Path, label: str, part: str) -> _Picture:
    """Look at a picture, unless it has been looked at since its file was written."""
    try:
        state = path.stat()
    except OSError as error:
        return _Picture(path, label, part, _Looks(problem=reason_of(error)))
    file = path, state.st_size, state.st_mtime_ns
    return _Picture(path, label, part, *(_look_closely(*file) if path in closely else (_look_at(*file),)))


@lru_cache(maxsize=100_000)
def _look_at(path: Path, size: int, changed: int) -> _Looks:
    """Read a file. Size and time tell one state of it from another."""
    return _read(path, closely=False)[0]


@lru_cache(maxsize=CLOSELY)
def _look_closely(path: Path, size: int, changed: int) -> tuple[_Looks, Views | None]:
    """Read a file, and keep what marks are looked for in: 74 MB for all pictures together, at most."""
    return _read(path, closely=True)


def _read(path: Path, closely: bool) -> tuple[_Looks, Views | None]:
    """Read a file, at a reduced scale where its format allows that."""
    try:
        with loaded(path, at_least=256) as image, open_image(path) as header:
            return _see(image, header, content_of(path)), views_of(image) if closely else None
    except (UnreadableImageError, OSError) as error:
        return _Looks(problem=getattr(error, "reason", None) or reason_of(error)), None


def _see(image: np.ndarray, header: Image.Image, content: str) -> _Looks:
    faint = scaled_from(header) == 65535 and 0 < image.max() <= FAINT
    return _Looks(
        width=header.width,
        height=header.height,
        format=header.format or "",
        turned=orientation_of(header) in range(2, 9),
        constant=all((band == image[0, 0]).all() for band in np.array_split(image, -(-len(image) // BAND))),
        content=content,
        hash=int(str(imagehash.phash(Image.fromarray(image))), 16),
        profile=colors_of(header).fault,
        faint=bool(faint),
    )


def _found(severity: str, problem: str, pictures: list[_Picture], remedy: str) -> list[Finding]:
    """A finding, if there are pictures."""
    files, paths = tuple(picture.name for picture in pictures), tuple(picture.path for picture in pictures)
    return [Finding(severity, problem, files, remedy, paths)] if pictures else []


def _unreadable(pictures: list[_Picture]) -> Iterator[Finding]:
    for picture in pictures:
        if picture.looks.problem:
            what = "sound" if picture.path.suffix.lower() in sound_endings() else "picture"
            remedy = f"Copy it again from where it came, save it anew in a {what} program, or leave it out."
            yield from _found("error", f"a {what} that can't be read: {picture.looks.problem}", [picture], remedy)


def _same(pictures: list[_Picture]) -> Iterator[Finding]:
    """Pictures that occur more than once. One finding for all copies of a picture."""
    for group in _groups(pictures):
        files, paths = tuple(picture.name for picture in group), tuple(picture.path for picture in group)
        noun = noun_for(paths)[:-1]
        equal = len({picture.looks.content for picture in group}) == 1
        how = f"the same {noun}" if equal else f"nearly the same {noun}"
        if len({picture.label for picture in group}) > 1:
            remedy = "Decide on one label, and drop the other copies."
            yield Finding("error", f"{how} with two labels", files, remedy, paths)
        elif len({picture.part for picture in group}) > 1:
            remedy = f"Keep one: a {noun} that was learned proves nothing in validation."
            yield Finding("error", f"{how} in training and validation", files, remedy, paths[1:])
        else:
            remedy = "Keep one: it counts double."
            yield Finding("warning", f"{how} more than once in {group[0].part}", files, remedy, paths[1:])


def _groups(pictures: list[_Picture]) -> Iterator[list[_Picture]]:
    """Pictures that look the same. Plain ones all do, and so may two sounds: they must be the same file."""
    places_of = defaultdict(list)
    for place, picture in enumerate(pictures):
        alike = picture.looks.constant or picture.looks.format == "WAV"
        places_of[picture.looks.content if alike else picture.looks.hash].append(place)
    seen = [key for key in places_of if isinstance(key, int)]
    together: dict[int, list[int]] = defaultdict(list)
    for key, group in zip(seen, _near(np.array(seen, np.uint64)).tolist(), strict=True):
        together[group] += places_of[key]
    plain = [places for key, places in places_of.items() if not isinstance(key, int)]
    groups = sorted(sorted(places) for places in [*together.values(), *plain] if len(places) > 1)
    return ([pictures[place] for place in group] for group in groups)


def _near(hashes: np.ndarray) -> np.ndarray:
    """Number the groups of different hashes, in which each differs little from another. Each joins others once."""
    groups = np.arange(len(hashes))
    for place in range(len(hashes)):
        near = np.bitwise_count(hashes[place + 1 :] ^ hashes[place]) <= NEAR
        joined = np.unique(groups[place + 1 :][near & (groups[place + 1 :] != groups[place])])
        if len(joined):
            groups[np.isin(groups, joined)] = groups[place]
    return groups


def _shared(copies: Copies, training: PictureSet, validation: PictureSet | None, told: set[str]) -> list[Finding]:
    """Validation pictures with near-copies in training, unless errors have told of all of them."""
    if validation is None:
        return []
    shared = validation.only(copies.shared(training, validation))
    files = tuple(f"validation/{label}/{path.name}" for path, label in shared.pairs())
    remedy = (
        "Keep each scene, burst or video on one side, as the trainer does: a near-copy of what was learned proves "
        "nothing, and with such pictures a head that can only guess came out with 20 of 20."
    )
    problem = f"validation pictures with near-copies in training: {len(files)} of {len(validation.paths)}"
    return [Finding("error", problem, files, remedy, shared.paths)] if set(files) - told else []


def _counts(pictures: list[_Picture]) -> Iterator[Finding]:
    """Too few pictures, and many more of one class than of another."""
    of_class: dict[str, list[Path]] = defaultdict(list)
    for picture in pictures:
        if picture.part == "training":
            of_class[picture.label].append(picture.path)
    few = {label: paths for label, paths in of_class.items() if len(paths) < FEW_TRAINING}
    remedy = f"Add some: {FEW_TRAINING} are little, tens are better."
    for labels in _in_lines(list(few)):
        paths = few[labels[0]]
        many = f"fewer than {FEW_TRAINING} training {noun_for(paths)}"
        problem = f"only {counted(paths, 'training')}" if len(labels) == 1 else many
        yield Finding("warning", f"{problem} of {_some(labels)}", (), remedy)
    sizes = sorted(of_class, key=lambda label: len(of_class[label]))
    if sizes and len(of_class[sizes[-1]]) > 3 * len(of_class[sizes[0]]):
        least, most = sizes[0], sizes[-1]
        problem = f"{counted(of_class[most])} of {most!r} and only {len(of_class[least])} of {least!r}"
        noun = noun_for(of_class[most])
        remedy = f"Add {noun} of {least!r}, or leave out some of {most!r}: guessing {most!r} pays otherwise."
        yield Finding("warning", problem, (), remedy)
    judged = [picture.path for picture in pictures if picture.part == "validation"]
    if 0 < len(judged) < FEW_VALIDATION:
        remedy = f"Take the accuracy with caution, or keep {FEW_VALIDATION} or more apart (notebook 06)."
        yield Finding("note", f"only {counted(judged, 'validation')}", (), remedy)


def _in_lines(labels: list[str]) -> list[list[str]]:
    """Classes with the same fault, each in a line of its own, or all in one where they are many."""
    return [labels] if len(labels) > MANY_ALIKE else [[label] for label in labels]


def _some(labels: list[str]) -> str:
    """Name a class, or some of many."""
    return some(tuple(map(repr, labels)), NAMED)


def _missing_classes(training: PictureSet, validation: PictureSet | None) -> Iterator[Finding]:
    for part, pictures in [("training", training)] + ([("validation", validation)] if validation else []):
        severity = "error" if part == "training" else "warning"
        there = set(pictures.labels)
        for lacking in _in_lines([label for label in training.classes if label not in there]):
            problem = f"no {part} {noun_for(training.paths)} of {_some(lacking)}"
            yield Finding(severity, problem, (), "Add some, or leave out the class.")
    if validation:
        for alone in _in_lines(sorted(set(validation.labels) - set(training.labels))):
            it, its, verb = ("it", "its", "is") if len(alone) == 1 else ("them", "their", "are")
            remedy = f"Add training {noun_for(validation.paths)} of {it}, or mend {its} spelling."
            yield Finding("error", f"{_some(alone)} {verb} in validation only", (), remedy)
        both = set(training.classes) & set(validation.classes)
        orders = [[label for label in part.classes if label in both] for part in (training, validation)]
        if orders[0] != orders[1]:
            remedy = "Read both with read_both, or pass the training classes on: columns would be swapped."
            yield Finding("error", "validation has another order of classes than training", (), remedy)


def _labels(pictures: list[_Picture]) -> Iterator[Finding]:
    """Labels that may mean the same. Above some hundred, spellings are compared but for one letter: pairs are many."""
    labels = sorted({picture.label for picture in pictures})
    if len(labels) > MANY_LABELS:
        pairs = _same_but_for_writing(labels)
    else:
        pairs = [(first, second) for first, second in itertools.combinations(labels, 2) if _alike(first, second)]
    remedy = "If they mean the same, give them one name."
    if len(pairs) > MANY_PAIRS:
        named = tuple(f"{first!r} and {second!r}" for first, second in pairs)
        yield Finding("warning", f"{len(pairs)} pairs of labels are nearly the same", named, remedy)
        return
    for first, second in pairs:
        yield Finding("warning", f"the labels {first!r} and {second!r} are nearly the same", (), remedy)


def _alike(first: str, second: str) -> bool:
    """Whether two labels differ in writing, in the plural, or in a letter; not in a number only."""
    a, b = (unicodedata.normalize("NFKC", label).casefold().strip() for label in (first, second))
    if _key(first) == _key(second):
        return True
    if re.sub(r"\d+", "", a) == re.sub(r"\d+", "", b):
        return False
    return len(a) > 5 and SequenceMatcher(None, a, b).ratio() > 0.85


def _key(label: str) -> str:
    """A label without capitals, marks and the s of the plural."""
    folded = unicodedata.normalize("NFKC", label).casefold()
    plain = re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)", "", folded) or folded  # 1-2 is not 12
    return plain.removesuffix("s") if len(plain) > 3 else plain


def _same_but_for_writing(labels: list[str]) -> list[tuple[str, str]]:
    of_key = defaultdict(list)
    for label in labels:
        of_key[_key(label)].append(label)
    return [(group[0], other) for group in of_key.values() for other in group[1:]]


def _sizes(pictures: list[_Picture]) -> Iterator[Finding]:
    small = [picture for picture in pictures if min(picture.looks.width, picture.looks.height) < SMALL]
    yield from _found("warning", f"pictures of fewer than {SMALL} pixels", small, "Use larger ones: these are blurred.")
    long = [p for p in pictures if max(p.looks.width, p.looks.height) > LONG * min(p.looks.width, p.looks.height)]
    remedy = "Crop them yourself: the center square may miss what they show."
    yield from _found("warning", f"pictures more than {LONG} times as long as wide", long, remedy)


def _constant(pictures: list[_Picture]) -> Iterator[Finding]:
    silent = [picture for picture in pictures if picture.looks.constant and picture.looks.format == "WAV"]
    yield from _found("warning", "sounds in which nothing is to be heard", silent, "Record them again.")
    plain = [picture for picture in pictures if picture.looks.constant and picture.looks.format != "WAV"]
    yield from _found("warning", "pictures of a single color", plain, "Leave them out, unless color is what you teach.")


def _shortcuts(pictures: list[_Picture]) -> Iterator[Finding]:
    """What tells a class apart without looking at what its pictures show."""
    by_class = defaultdict(list)
    for picture in pictures:
        if picture.part == "training":
            by_class[picture.label].append(picture)
    if len(by_class) < 2 or min(map(len, by_class.values())) < 3:
        return
    yield from _values_of_one_class("format", {name: [p.looks.format for p in own] for name, own in by_class.items()})
    sizes = {name: [f"{p.looks.width} x {p.looks.height}" for p in own] for name, own in by_class.items()}
    yield from _values_of_one_class("size", sizes)
    yield from _apart_in_size({name: [p.looks.width * p.looks.height for p in own] for name, own in by_class.items()})


def _values_of_one_class(what: str, values_of: dict[str, list[str]]) -> Iterator[Finding]:
    """Values that all pictures of a class have, and no others."""
    classes_with = Counter(value for values in values_of.values() for value in set(values))
    for label, values in values_of.items():
        if len(set(values)) == 1 and classes_with[values[0]] == 1:
            remedy = f"Save all classes alike: a network could learn the {what} instead of what is shown."
            problem = f"all pictures of {label!r}, and no others, have the {what} {values[0]}"
            yield Finding("warning", problem, (), remedy)


def _apart_in_size(pixels_of: dict[str, list[int]]) -> Iterator[Finding]:
    """The class whose pictures are all larger than all others, and the one whose are all smaller."""
    by_least = sorted(pixels_of, key=lambda label: min(pixels_of[label]))
    by_most = sorted(pixels_of, key=lambda label: max(pixels_of[label]))
    small, large = by_least[0], by_most[-1]
    ends = {small} if max(pixels_of[small]) < min(pixels_of[by_least[1]]) else set()
    ends |= {large} if min(pixels_of[large]) > max(pixels_of[by_most[-2]]) else set()
    for label in (one for one in pixels_of if one in ends):
        own = pixels_of[label]
        others = [size for other, sizes in pixels_of.items() if other != label for size in sizes]
        ratio = statistics.median(own) / statistics.median(others)
        if not 1 / 3 < ratio < 3 and len(set(own)) > 1:
            remedy = "Use pictures of like sizes: a network could learn their sharpness instead of what is shown."
            which = "larger" if ratio > 1 else "smaller"
            yield Finding("warning", f"all pictures of {label!r} are {which} than all others", (), remedy)


def _marks(pictures: list[_Picture], groups: dict[Path, str]) -> Iterator[Finding]:
    """Marks that tell a class apart. Of near-copies, and of the same file under several names, one counts."""
    seen = {
        picture.path: (picture, picture.views) for picture in pictures if picture.part == "training" and picture.views
    }
    total = Counter(picture.label for picture in pictures if picture.part == "training")
    shown, views = zip(*seen.values(), strict=True) if seen else ((), ())
    once = {picture.looks.content: groups[picture.path] for picture in shown}
    for mark in find_marks(views, [p.label for p in shown], [once[p.looks.content] for p in shown]):
        looked = sum(picture.label == mark.label for picture in shown)
        drawn = f" (drawn from {total[mark.label]})" if total[mark.label] > looked else ""
        rest = f"{len(mark.elsewhere)} of {mark.others} others" if mark.elsewhere else "no others"
        problem = (
            f"{len(mark.rows)} of {looked} pictures of {mark.label!r}{drawn}, and {rest}, have a mark {mark.place}"
        )
        files = tuple(shown[row].name for row in mark.rows)
        yield Finding("warning", problem, files, MARKED)


def _turned(pictures: list[_Picture]) -> Iterator[Finding]:
    turned = [picture for picture in pictures if picture.looks.turned]
    remedy = "This course reads them upright. Other programs may not: save them anew before you use those."
    yield from _found("note", "pictures with an orientation tag", turned, remedy)


def _profiles(pictures: list[_Picture]) -> Iterator[Finding]:
    """Colors that could not be converted to sRGB."""
    for fault in sorted({picture.looks.profile for picture in pictures if picture.looks.profile}):
        own = [picture for picture in pictures if picture.looks.profile == fault]
        remedy = "They are read as sRGB, so colors may be off. Save them anew as sRGB in a picture program."
        yield from _found("note", f"pictures whose color profile {fault}", own, remedy)


def _faint(pictures: list[_Picture]) -> Iterator[Finding]:
    faint = [picture for picture in pictures if picture.looks.faint]
    remedy = (
        "They are nearly black to the network. If a camera or microscope stored 12 or 14 bits in 16, multiply by 16 "
        "or 4 and save them anew; if they are dark, all is well."
    )
    yield from _found("note", "pictures with 16 bits, none brighter than a quarter of them", faint, remedy)
