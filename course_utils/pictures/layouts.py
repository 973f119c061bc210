"""Find labeled pictures on disk, in the layouts that people use (notebooks 05 and 07)."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from ..report import Finding, Report
from .filenames import classes_in
from .levels import class_level, class_levels, find_parts, innermost_labels, labels_at, level_finding
from .sets import PictureSet, find_pictures, make_set, require_folder


def read_folders(root: str | Path, level: int | None = None) -> PictureSet:
    """List the pictures under ``root``; the folder a picture lies in is its label (notebook 05).

    The first level at which two or more folders hold pictures names the classes, and all that lies within such a
    folder belongs to it, as torchvision's ImageFolder and Keras read it.

    Parameters
    ----------
    root : str or Path
        A folder with one folder per label, perhaps some folders further down.
    level : int, optional
        The level that names the classes instead: 1 for the folders in ``root``, 2 for those in them.

    Returns
    -------
    PictureSet
        Paths sorted by label, then name; classes sorted. Where another level could name the classes, the report says
        what it would give.

    Raises
    ------
    FileNotFoundError
        If ``root`` is no folder.
    ValueError
        If it holds no picture inside a label's folder, or ``level`` is below 1.
    """
    root = require_folder(root)
    if level is not None and level < 1:
        raise ValueError(f"got level={level}; expected 1 for the folders in {root.name}, 2 for those in them, or more")
    return name_by_folder(root, *find_pictures(root), level)


def name_by_folder(root: Path, paths: Sequence[Path], findings: list[Finding], level: int | None) -> PictureSet:
    """Label pictures that are found already by their folders."""
    roots = [folder for folders in find_parts(root, paths).values() for folder in folders]
    if roots:  # these name no classes: the folders in them do
        remedy = "Read them apart with read_both: validation pictures must not be learned."
        names = tuple(folder.name for folder in roots)
        findings = [*findings, Finding("error", "training and validation folders, read as one set", names, remedy)]
    pairs: list[tuple[Path, str | None]] = []
    for top in roots or [root]:
        own = [path for path in paths if path.is_relative_to(top)]
        read = level or class_level(top, own)
        pairs += innermost_labels(top, own, read) if level else labels_at(top, own, read)
        findings = findings + level_finding(class_levels(top, own), read)
    named = [(path, label) for path, label in pairs if label is not None]
    kept = {path for path, _ in named}
    loose = tuple(path.name for path in paths if path not in kept)
    if loose:
        remedy = "They have no label and are left out. Move each into the folder of its label."
        findings = [*findings, Finding("error", "pictures outside of any label's folder", loose, remedy)]
    if not named:
        example = f"{root.name}/cat/cat-1.jpg"
        raise ValueError(
            f"{root} holds no pictures in label folders; expected, for example, {example}.\n{Report(findings)}"
        )
    return make_set(named, findings)


def read_filenames(folder: str | Path) -> PictureSet:
    """List the pictures in a folder; the start of a file's name is its label (notebook 07).

    ``dog-1.jpg``, ``dog_2.png``, ``dog 3.jpg``, ``dog (4).jpg`` and ``dog.jpg`` all show a ``dog``;
    ``ice-cream-12.jpg`` shows an ``ice-cream``. Dates, hashes and the marks of copies, as in ``dog-1 - Copy.jpg``,
    don't count either. Names that differ only in capitals are one label, in its most frequent spelling. Names given by
    a camera, as ``IMG_1234.jpg``, hold no label and are left out. Of sounds such as ``7_george_5.wav``, the first piece
    is the label, if a later one tells who speaks: what each says is a group then (notebook 11).

    Parameters
    ----------
    folder : str or Path
        A folder with the pictures.

    Returns
    -------
    PictureSet
        Paths sorted by label, then name; classes sorted.

    Raises
    ------
    FileNotFoundError
        If ``folder`` is no folder.
    ValueError
        If no file's name holds a label.
    """
    folder = require_folder(folder)
    return name_by_filename(folder, *find_pictures(folder))


def name_by_filename(folder: Path, paths: Sequence[Path], findings: list[Finding]) -> PictureSet:
    """Label pictures that are found already by their names."""
    findings = list(findings)
    labels = classes_in([path.name for path in paths])
    pairs = [(path, label) for path, label in zip(paths, labels, strict=True) if label]
    unnamed = tuple(path.name for path, label in zip(paths, labels, strict=True) if not label)
    if unnamed:
        remedy = "They are left out. Rename them, as in dog-1.jpg, or sort them into a folder per label."
        findings.append(Finding("error", "names that hold no label", unnamed, remedy))
    if not pairs:
        raise ValueError(f"{folder} holds no pictures named after a label, as in dog-1.jpg.\n{Report(findings)}")
    return make_set(_fold(pairs, findings), findings)


def _fold(pairs: list[tuple[Path, str]], findings: list[Finding]) -> list[tuple[Path, str]]:
    """Give labels that differ only in capitals one spelling, and note it."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for _, label in pairs:
        spellings[label.casefold()][label] += 1
    best = {key: min(counts, key=lambda label: (-counts[label], label)) for key, counts in spellings.items()}
    for key, counts in spellings.items():
        own = [path for path, label in pairs if label.casefold() == key]
        composed = [unicodedata.is_normalized("NFC", path.stem) for path in own]
        if len(set(composed)) > 1:  # they look the same, but consist of other characters
            files = tuple(path.name for path, is_composed in zip(own, composed, strict=True) if not is_composed)
            findings.append(Finding("note", "one label in two Unicode forms", files, f"They count as {best[key]!r}."))
        if len(counts) > 1:
            problem = f"one label in several spellings ({', '.join(sorted(counts))})"
            files = tuple(path.name for path, label in pairs if label.casefold() == key and label != best[key])
            findings.append(Finding("note", problem, files, f"They count as {best[key]!r}."))
    return [(path, best[label.casefold()]) for path, label in pairs]
