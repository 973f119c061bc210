"""Which folders name the classes, and which name the parts of a data set (notebook 07)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..report import Finding
from .columns import PARTS

TRAINING, VALIDATION, TEST = "training", "validation", "test"
UNLABELED = "unlabeled"
UNLABELED_WORDS = ("pred", "predict", "prediction", "predictions", "unlabeled", "unlabelled", "inference", "submission")
KINDS = PARTS | dict.fromkeys(UNLABELED_WORDS, UNLABELED)
FILLING = {"set", "data", "dataset", "images", "image", "img", "imgs", "pictures", "photos", "folder", "split", "the"}
SHOWN = 6  # classes in a sentence


def class_level(root: Path, paths: Sequence[Path]) -> int:
    """The level of the folders that name the classes: the first with two or more that hold pictures.

    As torchvision's ImageFolder and Keras read it: all that lies within such a folder belongs to it. Where there is no
    such level, the first that holds pictures. Level 1 are the folders in ``root``; 0: there are none.
    """
    chains = {path.relative_to(root).parts[:-1] for path in paths}
    deepest = max(map(len, chains), default=0)
    for level in range(1, deepest + 1):
        if len({chain[:level] for chain in chains if len(chain) >= level}) > 1:
            return level
    return min((len(chain) for chain in chains if chain), default=0)


def labels_at(root: Path, paths: Iterable[Path], level: int) -> list[tuple[Path, str | None]]:
    """Name each picture after its folder at a level; None, if it lies higher."""
    chains = [(path, path.relative_to(root).parts[:-1]) for path in paths]
    return [(path, chain[level - 1] if 0 < level <= len(chain) else None) for path, chain in chains]


def innermost_labels(root: Path, paths: Iterable[Path], level: int) -> list[tuple[Path, str | None]]:
    """Name each picture after its innermost folder, but none further down than a level."""
    chains = [(path, path.relative_to(root).parts[:-1][:level]) for path in paths]
    return [(path, chain[-1] if chain else None) for path, chain in chains]


def class_levels(root: Path, paths: Sequence[Path]) -> dict[int, tuple[str, ...]]:
    """The levels whose folders could name the classes, the likely one first, each with the classes it gives.

    The other is the innermost, as fastai and the Hugging Face library read it.
    """
    first = class_level(root, paths)
    deepest = max((len(path.relative_to(root).parts) - 1 for path in paths), default=0)
    given = {deepest: classes_of(innermost_labels(root, paths, deepest))}
    given = {first: classes_of(labels_at(root, paths, first))} | given if deepest != first else given
    if len(given) == 2 and given[first] == given[deepest]:
        del given[deepest]
    return {level: classes for level, classes in given.items() if classes}


def classes_of(pairs: Iterable[tuple[Path, str | None]]) -> tuple[str, ...]:
    """The labels that occur, sorted."""
    return tuple(sorted({label for _, label in pairs if label is not None}))


def level_finding(levels: dict[int, tuple[str, ...]], read: int) -> list[Finding]:
    """Say which level was read, and what the other would give, if there is another."""
    others = [level for level in levels if level != read]
    if read not in levels or not others:
        return []
    problem = f"folders in folders: the classes are those of level {read}, {in_words(levels[read])}"
    remedy = " ".join(f"level={other} would give {in_words(levels[other])}." for other in others)
    return [Finding("note", problem, (), f"All that lies within such a folder belongs to it. {remedy}")]


def in_words(classes: Sequence[str]) -> str:
    """Some classes, and how many there are."""
    more = f" and {len(classes) - SHOWN} more" if len(classes) > SHOWN else ""
    return f"{', '.join(classes[:SHOWN])}{more}"


def find_parts(folder: Path, pictures: Sequence[Path]) -> dict[str, list[Path]]:
    """The folders of a data set's parts: training, and at least one of validation, test and unlabeled.

    Parameters
    ----------
    folder : pathlib.Path
        Where they lie side by side. A class further down may be called *test*.
    pictures : sequence of pathlib.Path
        What lies under it.

    Returns
    -------
    dict of str to list of pathlib.Path
        Empty, if these are no parts.
    """
    tops = {parts[0] for path in pictures if len(parts := path.relative_to(folder).parts) > 1}
    groups: dict[frozenset[str], dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for name in sorted(tops):
        kind, rest = kind_of(name)
        if kind:
            groups[rest][kind].append(folder / name)
    whole = [group for group in groups.values() if TRAINING in group and len(group) > 1]
    return dict(whole[0]) if whole else {}


def kind_of(name: str) -> tuple[str | None, frozenset[str]]:
    """The part that a name speaks of, and its other words: ``dogs-train`` is training, and dogs.

    Examples
    --------
    >>> kind_of("seg_test1"), kind_of("Training Set"), kind_of("trains")
    (('test', frozenset({'seg'})), ('training', frozenset()), (None, frozenset({'trains'})))
    """
    plain = unicodedata.normalize("NFC", name).casefold()
    words = [re.sub(r"\d+$", "", word) for word in re.split(r"[\W_]+", plain)]
    words = [re.sub(rf"^({'|'.join(KINDS)})({'|'.join(FILLING)})$", r"\1", word) for word in words]
    kinds = [KINDS[word] for word in words if word in KINDS]
    rest = frozenset(word for word in words if word and word not in KINDS and word not in FILLING)
    return (kinds[0] if len(set(kinds)) == 1 else None), rest
